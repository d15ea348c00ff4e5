import { spawnSync } from 'node:child_process'
import { act, state } from '../../action.ts'

await act(() => {
  if (state('folder') === '') return
  spawnSync('git', ['config', '--local', '--unset-all', state('key')], { cwd: state('folder') })
})
