import pg from 'pg'
import { serve } from './server.ts'

// PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where the database is.
serve(new pg.Pool(), process.env.COMMIT ?? 'unknown').listen(Number(process.env.PORT ?? 3000))
