import { Module, type DynamicModule } from '@nestjs/common';
import { CertificateArchive } from '../ports.js';
import { RequestService } from '../request-service.js';
import { RequestsController } from './requests.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class RequestsModule {
  static over(requests: RequestService, certificates: CertificateArchive): DynamicModule {
    return {
      module: RequestsModule,
      controllers: [RequestsController],
      providers: [
        { provide: RequestService, useValue: requests },
        { provide: CertificateArchive, useValue: certificates },
      ],
    };
  }
}
