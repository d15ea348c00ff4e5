/** What ships report: the light that they see. */
import type { Pool } from 'pg'

export interface Sighting {
  readonly light: string
  readonly ship: string
}

export async function migrate(pool: Pool): Promise<void> {
  await pool.query(
    'create table if not exists sighting (id bigint generated always as identity primary key, light text not null, ship text not null)',
  )
}

export async function add(pool: Pool, { light, ship }: Sighting): Promise<void> {
  await pool.query('insert into sighting (light, ship) values ($1, $2)', [light, ship])
}

/** @returns newest first */
export async function newest(pool: Pool, limit = 20): Promise<readonly Sighting[]> {
  const { rows } = await pool.query<Sighting>('select light, ship from sighting order by id desc limit $1', [limit])
  return rows
}
