/** What the embedded GitHub answers about pull requests. There are no issues, but GitHub has labels and comments there. */
import { REST_DOCS } from '../answers.ts'
import type { Route } from '../route.ts'
import {
  addLabels,
  createComment,
  createLabel,
  deleteLabel,
  getLabel,
  listComments,
  listLabels,
  listLabelsOfPull,
  removeLabel,
} from './labels.ts'
import { createPull, getPull, listPulls, listPullsOfCommit, updatePull } from './pulls.ts'

const REPO = '/repos/:owner/:repo'
const PULL = `${REPO}/pulls/:pull_number{[0-9]+}`
const ISSUE = `${REPO}/issues/:issue_number{[0-9]+}`
const PULLS_DOCS = `${REST_DOCS}/pulls/pulls`
const LABELS_DOCS = `${REST_DOCS}/issues/labels`
const COMMENTS_DOCS = `${REST_DOCS}/issues/comments`

const READ_PULLS = { permission: 'pull-requests', level: 'read' } as const
const WRITE_PULLS = { permission: 'pull-requests', level: 'write' } as const
const READ_ISSUES = { permission: 'issues', level: 'read' } as const
const WRITE_ISSUES = { permission: 'issues', level: 'write' } as const

/** Of a pull request the one permission is as good as the other. */
const READ_EITHER = { needs: READ_PULLS, instead: READ_ISSUES } as const
const WRITE_EITHER = { needs: WRITE_PULLS, instead: WRITE_ISSUES } as const

export const PULL_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: `${REPO}/commits/:commit_sha/pulls`,
    needs: READ_PULLS,
    docs: `${REST_DOCS}/commits/commits#list-pull-requests-associated-with-a-commit`,
    answer: listPullsOfCommit,
  },
  {
    method: 'GET',
    path: `${REPO}/pulls`,
    needs: READ_PULLS,
    docs: `${PULLS_DOCS}#list-pull-requests`,
    answer: listPulls,
  },
  {
    method: 'POST',
    path: `${REPO}/pulls`,
    needs: WRITE_PULLS,
    docs: `${PULLS_DOCS}#create-a-pull-request`,
    answer: createPull,
  },
  { method: 'GET', path: PULL, needs: READ_PULLS, docs: `${PULLS_DOCS}#get-a-pull-request`, answer: getPull },
  { method: 'PATCH', path: PULL, needs: WRITE_PULLS, docs: `${PULLS_DOCS}#update-a-pull-request`, answer: updatePull },
  {
    method: 'GET',
    path: `${REPO}/labels`,
    ...READ_EITHER,
    docs: `${LABELS_DOCS}#list-labels-for-a-repository`,
    answer: listLabels,
  },
  {
    method: 'POST',
    path: `${REPO}/labels`,
    needs: WRITE_ISSUES,
    docs: `${LABELS_DOCS}#create-a-label`,
    answer: createLabel,
  },
  { method: 'GET', path: `${REPO}/labels/:name`, ...READ_EITHER, docs: `${LABELS_DOCS}#get-a-label`, answer: getLabel },
  {
    method: 'DELETE',
    path: `${REPO}/labels/:name`,
    ...WRITE_EITHER,
    docs: `${LABELS_DOCS}#delete-a-label`,
    answer: deleteLabel,
  },
  {
    method: 'GET',
    path: `${ISSUE}/labels`,
    ...READ_EITHER,
    docs: `${LABELS_DOCS}#list-labels-for-an-issue`,
    answer: listLabelsOfPull,
  },
  {
    method: 'POST',
    path: `${ISSUE}/labels`,
    ...WRITE_EITHER,
    docs: `${LABELS_DOCS}#add-labels-to-an-issue`,
    answer: addLabels,
  },
  {
    method: 'DELETE',
    path: `${ISSUE}/labels/:name`,
    ...WRITE_EITHER,
    docs: `${LABELS_DOCS}#remove-a-label-from-an-issue`,
    answer: removeLabel,
  },
  {
    method: 'GET',
    path: `${ISSUE}/comments`,
    ...READ_EITHER,
    docs: `${COMMENTS_DOCS}#list-issue-comments`,
    answer: listComments,
  },
  {
    method: 'POST',
    path: `${ISSUE}/comments`,
    ...WRITE_EITHER,
    docs: `${COMMENTS_DOCS}#create-an-issue-comment`,
    answer: createComment,
  },
]
