/** What the kinds have that limit what a target may use. */
export const RESOURCES = {
  family: 'resources',
  /** They overlap: the strictest limit holds. */
  holds: null,
  on_restart: 'stays',
  default_duration_ms: 300_000,
} as const;
