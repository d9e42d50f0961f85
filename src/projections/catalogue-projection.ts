import type { EntityManager } from 'typeorm';
import { insertAll } from '#platform/read-models';
import { CatalogueChangeEntity, positionText } from './entities/index.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** The catalogue, change by change. */
export class CatalogueProjection implements Projection {
  readonly types = ['ItemCatalogued', 'ItemWithdrawn'] as const;
  private changes: CatalogueChangeEntity[] = [];

  apply(event: ProjectedEvent): void {
    const position = positionText(event.position);
    if (event.type === 'ItemCatalogued')
      this.changes.push({ position, kind: null, ...event.data, withdrawn: false });
    if (event.type === 'ItemWithdrawn')
      this.changes.push({
        position,
        item: event.data.item,
        title: null,
        categories: null,
        kind: null,
        withdrawn: true,
      });
  }

  async flush(manager: EntityManager): Promise<void> {
    await insertAll(manager, CatalogueChangeEntity, this.changes);
    this.reset();
  }

  reset(): void {
    this.changes = [];
  }
}
