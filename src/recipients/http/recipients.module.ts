import { Module, type DynamicModule } from '@nestjs/common';
import { Acknowledgements } from '../acknowledgements.js';
import { RecipientNotices } from '../recipient-notices.js';
import { RecipientRegistry } from '../recipient-registry.js';
import { AcknowledgementsController } from './acknowledgements.controller.js';
import { RecipientsController } from './recipients.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class RecipientsModule {
  static over(
    registry: RecipientRegistry,
    notices: RecipientNotices,
    acknowledgements: Acknowledgements,
  ): DynamicModule {
    return {
      module: RecipientsModule,
      controllers: [AcknowledgementsController, RecipientsController],
      providers: [
        { provide: RecipientRegistry, useValue: registry },
        { provide: RecipientNotices, useValue: notices },
        { provide: Acknowledgements, useValue: acknowledgements },
      ],
    };
  }
}
