import { Module, type DynamicModule } from '@nestjs/common';
import { ConsentExport } from '../consent-export.js';
import { DataRights } from '../data-rights.js';
import { OpenDsr } from '../open-dsr.js';
import { ResultLinks } from '../result-links.js';
import { ConsentExportController } from './consent-export.controller.js';
import { DataRightsAgentController, DataRightsController } from './data-rights.controller.js';
import { OpenDsrController, OpenDsrDiscoveryController } from './open-dsr.controller.js';
import { ResultsController } from './results.controller.js';

/** The routes of this stage over adapters that were put together before. */
@Module({})
export class StandardsModule {
  static over(
    openDsr: OpenDsr,
    dataRights: DataRights,
    results: ResultLinks,
    consents: ConsentExport,
  ): DynamicModule {
    return {
      module: StandardsModule,
      controllers: [
        OpenDsrDiscoveryController,
        OpenDsrController,
        DataRightsAgentController,
        DataRightsController,
        ResultsController,
        ConsentExportController,
      ],
      providers: [
        { provide: OpenDsr, useValue: openDsr },
        { provide: DataRights, useValue: dataRights },
        { provide: ResultLinks, useValue: results },
        { provide: ConsentExport, useValue: consents },
      ],
    };
  }
}
