import { buildSchema, findBreakingChanges } from 'graphql';

/** Schemas in the schema definition language, and the text of the changelog. */
interface Versions {
  readonly released: string;
  readonly current: string;
  readonly changelog: string;
}

/** The changes that break clients of the released schema, and that the changelog does not announce under "Unreleased". */
export function unannouncedChanges({ released, current, changelog }: Versions): string[] {
  const announced = unreleasedPart(changelog).replaceAll('`', '').replace(/\s+/g, ' ');
  return findBreakingChanges(buildSchema(released), buildSchema(current))
    .map(({ description }) => description.replace(/\.$/, ''))
    .filter((description) => !announced.includes(description));
}

function unreleasedPart(changelog: string): string {
  return /^## Unreleased\n([^]*?)(?=^## |$(?![^]))/m.exec(changelog)?.[1] ?? '';
}
