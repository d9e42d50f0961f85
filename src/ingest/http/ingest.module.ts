import { Module, type DynamicModule } from '@nestjs/common';
import { AliasService } from '../alias-service.js';
import { CatalogueService } from '../catalogue-service.js';
import { ConsentService } from '../consent-service.js';
import type { Ingest } from '../create-ingest.js';
import { InteractionService } from '../interaction-service.js';
import { AliasesController } from './aliases.controller.js';
import { ConsentsController } from './consents.controller.js';
import { InteractionsController } from './interactions.controller.js';
import { ItemsController } from './items.controller.js';
import { ProfilesController } from './profiles.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class IngestModule {
  static over({ aliases, catalogue, consents, interactions }: Ingest): DynamicModule {
    return {
      module: IngestModule,
      controllers: [
        ItemsController,
        AliasesController,
        ConsentsController,
        InteractionsController,
        ProfilesController,
      ],
      providers: [
        { provide: AliasService, useValue: aliases },
        { provide: CatalogueService, useValue: catalogue },
        { provide: ConsentService, useValue: consents },
        { provide: InteractionService, useValue: interactions },
      ],
    };
  }
}
