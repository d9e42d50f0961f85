import { Module, type DynamicModule } from '@nestjs/common';
import { CertificateArchive } from '../ports.js';
import { ReceiptDesk } from '../receipt-desk.js';
import { RequestService } from '../request-service.js';
import { SubjectHistory } from '../subject-history.js';
import { ReceiptsController } from './receipts.controller.js';
import { RequestsController } from './requests.controller.js';
import { SubjectsController } from './subjects.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class RequestsModule {
  static over(
    requests: RequestService,
    history: SubjectHistory,
    certificates: CertificateArchive,
    receipts: ReceiptDesk,
  ): DynamicModule {
    return {
      module: RequestsModule,
      controllers: [RequestsController, ReceiptsController, SubjectsController],
      providers: [
        { provide: RequestService, useValue: requests },
        { provide: SubjectHistory, useValue: history },
        { provide: CertificateArchive, useValue: certificates },
        { provide: ReceiptDesk, useValue: receipts },
      ],
    };
  }
}
