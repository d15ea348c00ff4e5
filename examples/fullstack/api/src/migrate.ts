import pg from 'pg'
import { migrate } from './sightings.ts'

const pool = new pg.Pool()
await migrate(pool)
await pool.end()
