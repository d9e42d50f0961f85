import { Module, type DynamicModule } from '@nestjs/common';
import { Checkpoints } from '../checkpoints.js';
import { EntryDetails } from '../entry-details.js';
import { EntrySearch } from '../entry-search.js';
import type { Explorer } from '../open-explorer.js';
import { OfflineBundles } from '../offline-bundle.js';
import { EXPLORED_STATEMENTS } from '../ports.js';
import { Replays } from '../replays.js';
import { CertificatesController } from './certificates.controller.js';
import { EntriesController } from './entries.controller.js';
import { ReplaysController } from './replays.controller.js';
import { TRUST_FOLDER, TrustController } from './trust.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class ExplorerModule {
  static over({
    search,
    details,
    checkpoints,
    bundles,
    replays,
    statements,
    trustFiles,
  }: Explorer): DynamicModule {
    return {
      module: ExplorerModule,
      controllers: [EntriesController, CertificatesController, ReplaysController, TrustController],
      providers: [
        { provide: EntrySearch, useValue: search },
        { provide: EntryDetails, useValue: details },
        { provide: Checkpoints, useValue: checkpoints },
        { provide: OfflineBundles, useValue: bundles },
        { provide: Replays, useValue: replays },
        { provide: EXPLORED_STATEMENTS, useValue: statements },
        { provide: TRUST_FOLDER, useValue: trustFiles },
      ],
    };
  }
}
