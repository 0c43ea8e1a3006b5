/**
 * Events that we or a system do to people: whoever is only written to or charged was not seen. Of any other name we
 * cannot tell, and take it for something they did.
 */
export const DONE_TO_PEOPLE = [
  'email_sent',
  'email_delivered',
  'email_bounced',
  'email_dropped',
  'brevo_list_joined',
  'invoice_paid',
  'payment_failed',
  'order_refunded',
];
