/** The computed facts that rules may name, and the column type each has. Absent: 0, or unset. */
export const FACTS = {
  orders: { column: 'orders', type: 'whole', absent: 0, title: 'Orders' },
  net_revenue: { column: 'net_revenue', type: 'number', absent: 0, title: 'Net revenue' },
  average_order: { column: 'average_order', type: 'number', title: 'Average order' },
  order_gap_days: { column: 'order_gap_days', type: 'number', title: 'Days between orders' },
  first_order_at: { column: 'first_order_at', type: 'instant', title: 'First order' },
  last_order_at: { column: 'last_order_at', type: 'instant', title: 'Last order' },
  sessions: { column: 'sessions', type: 'whole', absent: 0, title: 'Sessions' },
  page_views: { column: 'page_views', type: 'whole', absent: 0, title: 'Page views' },
  emails_sent: { column: 'emails_sent', type: 'whole', absent: 0, title: 'Emails sent' },
  emails_opened: { column: 'emails_opened', type: 'whole', absent: 0, title: 'Emails opened' },
  emails_clicked: { column: 'emails_clicked', type: 'whole', absent: 0, title: 'Emails clicked' },
  last_opened_at: { column: 'last_opened_at', type: 'instant', title: 'Last email opened' },
  signed_up_at: { column: 'signed_up_at', type: 'instant', title: 'Signed up' },
  first_seen_at: { column: 'first_seen_at', type: 'instant', title: 'First seen' },
  last_seen_at: { column: 'last_seen_at', type: 'instant', title: 'Last seen' },
  rfm_r: { column: 'rfm_r', type: 'whole', title: 'RFM recency' },
  rfm_f: { column: 'rfm_f', type: 'whole', title: 'RFM frequency' },
  rfm_m: { column: 'rfm_m', type: 'whole', title: 'RFM money' },
  rfm_group: { column: 'rfm_group', type: 'text', title: 'RFM group' },
  lifecycle: { column: 'lifecycle', type: 'text', title: 'Lifecycle at the last scoring' },
  first_channel: { column: 'first_channel', type: 'text', title: 'First channel' },
  last_channel: { column: 'last_channel', type: 'text', title: 'Last channel' },
  expected_orders_90d: { column: 'expected_orders_90d', type: 'number', title: 'Expected orders, 90 days' },
  churn_risk_90d: { column: 'churn_risk_90d', type: 'number', title: 'Churn risk, 90 days' },
  predicted_value_12m: { column: 'predicted_value_12m', type: 'number', title: 'Predicted value, 12 months' },
} as const satisfies Record<
  string,
  { column: string; type: 'whole' | 'number' | 'instant' | 'text'; absent?: 0; title: string }
>;

export type FactName = keyof typeof FACTS;
export const FACT_NAMES = Object.keys(FACTS) as [FactName, ...FactName[]];
