import { Module, type DynamicModule } from '@nestjs/common';
import { CertificateArchive } from '../ports.js';
import { RequestService } from '../request-service.js';
import { SubjectHistory } from '../subject-history.js';
import { RequestsController } from './requests.controller.js';
import { SubjectsController } from './subjects.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class RequestsModule {
  static over(
    requests: RequestService,
    history: SubjectHistory,
    certificates: CertificateArchive,
  ): DynamicModule {
    return {
      module: RequestsModule,
      controllers: [RequestsController, SubjectsController],
      providers: [
        { provide: RequestService, useValue: requests },
        { provide: SubjectHistory, useValue: history },
        { provide: CertificateArchive, useValue: certificates },
      ],
    };
  }
}
