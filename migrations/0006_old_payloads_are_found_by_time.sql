-- For the nightly retention. Locks raw_events against writing while it is built; it is built from one pass.
CREATE INDEX "raw_events_received" ON "raw_events" USING brin ("received_at");