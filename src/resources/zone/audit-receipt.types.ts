import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { enumOf } from '../../api/graphql/schema/enum-of.js';

const ReceiptStage = enumOf(['intent', 'outcome', 'late', 'not_sent']);

registerEnumType(ReceiptStage, {
  name: 'AuditReceiptStage',
  description: 'Which record of the change a receipt names.',
  valuesMap: {
    INTENT: { description: 'The intent: the outcome is not stored yet.' },
    OUTCOME: { description: 'The outcome.' },
    LATE: { description: 'The outcome, stored after the change had been given up as unknown.' },
    NOT_SENT: { description: 'The intent was taken back: nothing was sent.' },
  },
});

@ObjectType({
  description:
    'The place of a record in the audit log. Keep it: the log cannot lose or change that record without showing it.',
})
export class AuditReceipt {
  @Field(() => ID, { description: 'The chain of the record.' })
  writer!: string;

  @Field(() => Int, { description: 'The position in the chain, from 1.' })
  seq!: number;

  @Field(() => String, { description: 'HMAC-SHA256 of the record, lower-case hex.' })
  hash!: string;

  @Field(() => ReceiptStage, { description: 'Which record of the change it is.' })
  stage!: (typeof ReceiptStage)[keyof typeof ReceiptStage];
}
