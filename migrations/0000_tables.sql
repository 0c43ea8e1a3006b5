CREATE TABLE "contents" (
	"workspace_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"title" text NOT NULL,
	"url" text,
	"kind" text NOT NULL,
	"status" text NOT NULL,
	"published_at" timestamp with time zone,
	CONSTRAINT "contents_workspace_id_source_id_external_id_pk" PRIMARY KEY("workspace_id","source_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "metrics" (
	"workspace_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"day" date NOT NULL,
	"name" text NOT NULL,
	"dimensions_hash" text NOT NULL,
	"dimensions" jsonb NOT NULL,
	"value" numeric NOT NULL,
	CONSTRAINT "metrics_workspace_id_source_id_day_name_dimensions_hash_pk" PRIMARY KEY("workspace_id","source_id","day","name","dimensions_hash")
);
--> statement-breakpoint
CREATE TABLE "pending_raw_events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "pending_raw_events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"raw_event_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quarantine" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"run_id" uuid,
	"upload_id" uuid,
	"subject" uuid,
	"stream" text NOT NULL,
	"line" integer,
	"path" text DEFAULT '' NOT NULL,
	"reason" text NOT NULL,
	"payload" jsonb,
	"received_at" timestamp with time zone NOT NULL,
	CONSTRAINT "quarantine_workspace_id_id_pk" PRIMARY KEY("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "raw_events" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"subject" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"external_id" text NOT NULL,
	"version" text NOT NULL,
	"payload" jsonb,
	"received_at" timestamp with time zone NOT NULL,
	CONSTRAINT "raw_events_workspace_id_id_pk" PRIMARY KEY("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "source_streams" (
	"workspace_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"cursor" jsonb,
	"is_enabled" boolean DEFAULT true NOT NULL,
	"last_run_at" timestamp with time zone,
	"last_success_at" timestamp with time zone,
	"next_run_at" timestamp with time zone,
	CONSTRAINT "source_streams_workspace_id_source_id_stream_pk" PRIMARY KEY("workspace_id","source_id","stream")
);
--> statement-breakpoint
CREATE TABLE "sources" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"key" text NOT NULL,
	"connector" text NOT NULL,
	"name" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"sealed" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"status_message" text,
	"orders_are_money" boolean DEFAULT true NOT NULL,
	"every_minutes" integer,
	"hook_token_hash" text,
	"hook_token_sealed" text,
	"demo_port" integer,
	"created_at" timestamp with time zone NOT NULL,
	"removed_at" timestamp with time zone,
	CONSTRAINT "sources_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "sources_status" CHECK ("sources"."status" in ('active', 'paused', 'needs_attention'))
);
--> statement-breakpoint
CREATE TABLE "spend" (
	"workspace_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"day" date NOT NULL,
	"campaign_id" text NOT NULL,
	"campaign" text NOT NULL,
	"channel" text NOT NULL,
	"cost" numeric NOT NULL,
	"currency" text NOT NULL,
	"clicks" bigint NOT NULL,
	"impressions" bigint NOT NULL,
	CONSTRAINT "spend_workspace_id_source_id_day_campaign_id_pk" PRIMARY KEY("workspace_id","source_id","day","campaign_id")
);
--> statement-breakpoint
CREATE TABLE "sync_runs" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"trigger" text NOT NULL,
	"status" text NOT NULL,
	"stream" text,
	"read" bigint DEFAULT 0 NOT NULL,
	"new" bigint DEFAULT 0 NOT NULL,
	"changed" bigint DEFAULT 0 NOT NULL,
	"unchanged" bigint DEFAULT 0 NOT NULL,
	"quarantined" bigint DEFAULT 0 NOT NULL,
	"total" bigint,
	"message" text,
	"started_at" timestamp with time zone NOT NULL,
	"heartbeat_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "sync_runs_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "sync_runs_status" CHECK ("sync_runs"."status" in ('running', 'succeeded', 'partial', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"file_hash" text NOT NULL,
	"file_name" text NOT NULL,
	"header_key" text NOT NULL,
	"encoding" text NOT NULL,
	"delimiter" text NOT NULL,
	"kind" text,
	"mapping" jsonb,
	"status" text NOT NULL,
	"rows" bigint DEFAULT 0 NOT NULL,
	"accepted" bigint DEFAULT 0 NOT NULL,
	"unchanged" bigint DEFAULT 0 NOT NULL,
	"quarantined" bigint DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"bytes_read" bigint DEFAULT 0 NOT NULL,
	"message" text,
	"created_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "uploads_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "uploads_status" CHECK ("uploads"."status" in ('uploaded', 'running', 'succeeded', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"workspace_id" uuid NOT NULL,
	"job" text NOT NULL,
	"holder" text NOT NULL,
	"token" bigint NOT NULL,
	"until" timestamp with time zone NOT NULL,
	CONSTRAINT "leases_workspace_id_job_pk" PRIMARY KEY("workspace_id","job")
);
--> statement-breakpoint
CREATE TABLE "ticks" (
	"key" text PRIMARY KEY NOT NULL,
	"job" text NOT NULL,
	"taken_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"timezone" text NOT NULL,
	"currency" text NOT NULL,
	"kind" text NOT NULL,
	"is_demo" boolean DEFAULT false NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "workspaces_kind" CHECK ("workspaces"."kind" in ('shop', 'saas', 'both'))
);
--> statement-breakpoint
CREATE TABLE "changed_profiles" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "changed_profiles_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"refresh_id" uuid
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"workspace_id" uuid NOT NULL,
	"hash" text NOT NULL,
	"erased_at" timestamp with time zone NOT NULL,
	CONSTRAINT "erasures_workspace_id_hash_pk" PRIMARY KEY("workspace_id","hash")
);
--> statement-breakpoint
CREATE TABLE "event_names" (
	"workspace_id" uuid NOT NULL,
	"id" integer NOT NULL,
	"name" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "event_names_workspace_id_id_pk" PRIMARY KEY("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name_id" integer NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"value" numeric,
	"currency" text,
	"properties" jsonb NOT NULL,
	"source_id" uuid NOT NULL,
	"subject" uuid NOT NULL,
	"via_kind" text NOT NULL,
	"via_value" text NOT NULL,
	CONSTRAINT "events_workspace_id_profile_id_id_pk" PRIMARY KEY("workspace_id","profile_id","id")
);
--> statement-breakpoint
CREATE TABLE "identifiers" (
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"given" text NOT NULL,
	"profile_id" uuid NOT NULL,
	"source_id" uuid,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "identifiers_workspace_id_kind_value_pk" PRIMARY KEY("workspace_id","kind","value")
);
--> statement-breakpoint
CREATE TABLE "links" (
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"other_kind" text NOT NULL,
	"other_value" text NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"source_id" uuid,
	"refused" text,
	CONSTRAINT "links_workspace_id_kind_value_other_kind_other_value_pk" PRIMARY KEY("workspace_id","kind","value","other_kind","other_value")
);
--> statement-breakpoint
CREATE TABLE "merges" (
	"workspace_id" uuid NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "merges_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"change" text NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"from_profile_id" uuid NOT NULL,
	"to_profile_id" uuid NOT NULL,
	"cause" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "merges_workspace_id_seq_pk" PRIMARY KEY("workspace_id","seq"),
	CONSTRAINT "merges_change" CHECK ("merges"."change" in ('join', 'part'))
);
--> statement-breakpoint
CREATE TABLE "partings" (
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"other_kind" text NOT NULL,
	"other_value" text NOT NULL,
	"user_id" uuid,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "partings_workspace_id_kind_value_other_kind_other_value_pk" PRIMARY KEY("workspace_id","kind","value","other_kind","other_value")
);
--> statement-breakpoint
CREATE TABLE "profile_aliases" (
	"workspace_id" uuid NOT NULL,
	"alias_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	CONSTRAINT "profile_aliases_workspace_id_alias_id_pk" PRIMARY KEY("workspace_id","alias_id")
);
--> statement-breakpoint
CREATE TABLE "profiles" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"first_seen_at" timestamp with time zone,
	"last_seen_at" timestamp with time zone,
	"merged_into" uuid,
	"erased_at" timestamp with time zone,
	CONSTRAINT "profiles_workspace_id_id_pk" PRIMARY KEY("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "records" (
	"workspace_id" uuid NOT NULL,
	"subject" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"version" text NOT NULL,
	"content_hash" text NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	"profile_id" uuid,
	"event_ids" uuid[] NOT NULL,
	CONSTRAINT "records_workspace_id_subject_pk" PRIMARY KEY("workspace_id","subject")
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"channel" text NOT NULL,
	"topic" text,
	"state" text NOT NULL,
	"decided_at" timestamp with time zone,
	"received_at" timestamp with time zone NOT NULL,
	"source_id" uuid,
	"via_kind" text NOT NULL,
	"via_value" text NOT NULL,
	"proof" jsonb NOT NULL,
	CONSTRAINT "consents_workspace_id_profile_id_id_pk" PRIMARY KEY("workspace_id","profile_id","id"),
	CONSTRAINT "consents_state" CHECK ("consents"."state" in ('granted', 'withdrawn'))
);
--> statement-breakpoint
CREATE TABLE "dated_values" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"name" text NOT NULL,
	"ordinal" smallint DEFAULT 0 NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"month" smallint NOT NULL,
	"day" smallint NOT NULL,
	CONSTRAINT "dated_values_workspace_id_profile_id_name_ordinal_pk" PRIMARY KEY("workspace_id","profile_id","name","ordinal")
);
--> statement-breakpoint
CREATE TABLE "profile_traits" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"traits" jsonb NOT NULL,
	"email" text,
	"phone" text,
	"name" text,
	"country" text,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "profile_traits_workspace_id_profile_id_pk" PRIMARY KEY("workspace_id","profile_id")
);
--> statement-breakpoint
CREATE TABLE "trait_values" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"name" text NOT NULL,
	"source_id" uuid NOT NULL,
	"via_kind" text NOT NULL,
	"via_value" text NOT NULL,
	"changed_at" timestamp with time zone NOT NULL,
	"value" jsonb,
	"is_current" boolean NOT NULL,
	CONSTRAINT "trait_values_workspace_id_profile_id_name_source_id_via_kind_via_value_changed_at_pk" PRIMARY KEY("workspace_id","profile_id","name","source_id","via_kind","via_value","changed_at")
);
--> statement-breakpoint
CREATE TABLE "facts" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"orders" bigint DEFAULT 0 NOT NULL,
	"net_revenue" numeric DEFAULT '0' NOT NULL,
	"gross_revenue" numeric DEFAULT '0' NOT NULL,
	"average_order" numeric,
	"order_gap_days" numeric,
	"first_order_at" timestamp with time zone,
	"last_order_at" timestamp with time zone,
	"sessions" bigint DEFAULT 0 NOT NULL,
	"page_views" bigint DEFAULT 0 NOT NULL,
	"emails_sent" bigint DEFAULT 0 NOT NULL,
	"emails_opened" bigint DEFAULT 0 NOT NULL,
	"emails_clicked" bigint DEFAULT 0 NOT NULL,
	"last_opened_at" timestamp with time zone,
	"signed_up_at" timestamp with time zone,
	"first_seen_at" timestamp with time zone,
	"last_seen_at" timestamp with time zone,
	"first_channel" text,
	"last_channel" text,
	"first_campaign" text,
	"last_campaign" text,
	"rfm_r" smallint,
	"rfm_f" smallint,
	"rfm_m" smallint,
	"rfm_group" text,
	"rfm_group_before" text,
	"lifecycle" text,
	"expected_orders_90d" numeric,
	"churn_risk_90d" numeric,
	"predicted_value_12m" numeric,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "facts_workspace_id_profile_id_pk" PRIMARY KEY("workspace_id","profile_id")
);
--> statement-breakpoint
CREATE TABLE "predictions" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"model" text NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"parameters" jsonb NOT NULL,
	"accuracy" jsonb NOT NULL,
	CONSTRAINT "predictions_workspace_id_id_pk" PRIMARY KEY("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "scorings" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"buyers" integer NOT NULL,
	"limits" jsonb NOT NULL,
	"cut_points" jsonb,
	"rfm_reason" text,
	"finished_at" timestamp with time zone NOT NULL,
	CONSTRAINT "scorings_workspace_id_id_pk" PRIMARY KEY("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"entered_at" timestamp with time zone NOT NULL,
	"left_at" timestamp with time zone,
	"version" integer NOT NULL,
	CONSTRAINT "memberships_workspace_id_profile_id_segment_key_entered_at_pk" PRIMARY KEY("workspace_id","profile_id","segment_key","entered_at")
);
--> statement-breakpoint
CREATE TABLE "pins" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"expected" text NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "pins_workspace_id_profile_id_segment_key_pk" PRIMARY KEY("workspace_id","profile_id","segment_key")
);
--> statement-breakpoint
CREATE TABLE "refreshes" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"status" text NOT NULL,
	"trigger" text NOT NULL,
	"evaluated" bigint DEFAULT 0 NOT NULL,
	"entered" bigint DEFAULT 0 NOT NULL,
	"left" bigint DEFAULT 0 NOT NULL,
	"segments" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"message" text,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "refreshes_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "refreshes_status" CHECK ("refreshes"."status" in ('queued', 'running', 'succeeded', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "segment_sizes" (
	"workspace_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"size" bigint NOT NULL,
	"entered" bigint NOT NULL,
	"left" bigint NOT NULL,
	CONSTRAINT "segment_sizes_workspace_id_segment_key_as_of_pk" PRIMARY KEY("workspace_id","segment_key","as_of")
);
--> statement-breakpoint
CREATE TABLE "segment_versions" (
	"workspace_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"version" integer NOT NULL,
	"name" text NOT NULL,
	"definition" jsonb NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "segment_versions_workspace_id_segment_key_version_pk" PRIMARY KEY("workspace_id","segment_key","version")
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"workspace_id" uuid NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"kind" text NOT NULL,
	"definition" jsonb NOT NULL,
	"version" integer NOT NULL,
	"status" text NOT NULL,
	"status_reason" text,
	"size" bigint,
	"as_of" timestamp with time zone,
	"computed_version" integer,
	"next_due_at" timestamp with time zone,
	"is_enabled" boolean DEFAULT true NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"removed_at" timestamp with time zone,
	CONSTRAINT "segments_workspace_id_key_pk" PRIMARY KEY("workspace_id","key"),
	CONSTRAINT "segments_status" CHECK ("segments"."status" in ('pending', 'ready', 'stale', 'parked')),
	CONSTRAINT "segments_kind" CHECK ("segments"."kind" in ('custom', 'lifecycle', 'rfm', 'library', 'predicted', 'cluster', 'static'))
);
--> statement-breakpoint
CREATE TABLE "staged_changes" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"refresh_id" uuid NOT NULL,
	"change" text NOT NULL,
	CONSTRAINT "staged_changes_workspace_id_profile_id_segment_key_refresh_id_pk" PRIMARY KEY("workspace_id","profile_id","segment_key","refresh_id")
);
--> statement-breakpoint
CREATE TABLE "campaigns" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"segment_key" text NOT NULL,
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"preheader" text,
	"html" text NOT NULL,
	"text" text,
	"from_name" text,
	"from_email" text,
	"status" text NOT NULL,
	"status_reason" text,
	"control_percent" integer DEFAULT 0 NOT NULL,
	"waterfall" jsonb,
	"audience_as_of" timestamp with time zone,
	"created_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "campaigns_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "campaigns_status" CHECK ("campaigns"."status" in ('draft', 'sending', 'paused', 'sent', 'cancelled'))
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"occasion" text NOT NULL,
	"id" uuid NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"address" text,
	"address_key" text,
	"due_at" timestamp with time zone NOT NULL,
	"claimed_at" timestamp with time zone,
	"sent_at" timestamp with time zone,
	"message_id" text,
	"subject" text,
	"opened_at" timestamp with time zone,
	"clicked_at" timestamp with time zone,
	CONSTRAINT "deliveries_workspace_id_profile_id_campaign_id_occasion_pk" PRIMARY KEY("workspace_id","profile_id","campaign_id","occasion"),
	CONSTRAINT "deliveries_status" CHECK ("deliveries"."status" in ('pending', 'sending', 'sent', 'failed', 'skipped', 'unknown'))
);
--> statement-breakpoint
CREATE TABLE "destination_members" (
	"workspace_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"destination_id" uuid NOT NULL,
	"state" text NOT NULL,
	"address" text,
	"reason" text,
	"ticket" text,
	"changed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "destination_members_workspace_id_profile_id_destination_id_pk" PRIMARY KEY("workspace_id","profile_id","destination_id"),
	CONSTRAINT "destination_members_state" CHECK ("destination_members"."state" in ('in', 'out', 'refused', 'waiting'))
);
--> statement-breakpoint
CREATE TABLE "destination_runs" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"destination_id" uuid NOT NULL,
	"status" text NOT NULL,
	"is_dry_run" boolean NOT NULL,
	"added" bigint DEFAULT 0 NOT NULL,
	"removed" bigint DEFAULT 0 NOT NULL,
	"refused" bigint DEFAULT 0 NOT NULL,
	"message" text,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "destination_runs_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "destination_runs_status" CHECK ("destination_runs"."status" in ('running', 'succeeded', 'partial', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "destinations" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connector" text NOT NULL,
	"source_id" uuid NOT NULL,
	"segment_key" text NOT NULL,
	"name" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"is_additive_only" boolean DEFAULT false NOT NULL,
	"status" text NOT NULL,
	"status_message" text,
	"created_at" timestamp with time zone NOT NULL,
	"removed_at" timestamp with time zone,
	CONSTRAINT "destinations_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "destinations_status" CHECK ("destinations"."status" in ('active', 'paused', 'needs_attention'))
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"profile_id" uuid,
	"campaign_id" uuid,
	"to_address" text NOT NULL,
	"subject" text NOT NULL,
	"html" text NOT NULL,
	"text" text NOT NULL,
	"headers" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "outbox_workspace_id_id_pk" PRIMARY KEY("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"workspace_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"hash" text NOT NULL,
	"address" text,
	"reason" text NOT NULL,
	"source_id" uuid,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "suppressions_workspace_id_channel_hash_pk" PRIMARY KEY("workspace_id","channel","hash")
);
--> statement-breakpoint
CREATE TABLE "topics" (
	"workspace_id" uuid NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "topics_workspace_id_key_pk" PRIMARY KEY("workspace_id","key")
);
--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid,
	"user_id" uuid,
	"action" text NOT NULL,
	"subject" text,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"address" text,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid,
	"user_id" uuid,
	"purpose" text NOT NULL,
	"email" text NOT NULL,
	"role" text,
	"token_hash" text NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"last_four" text NOT NULL,
	"source_id" uuid,
	"created_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "keys_kind" CHECK ("keys"."kind" in ('write', 'api'))
);
--> statement-breakpoint
CREATE TABLE "rate_limits" (
	"key" varchar(255) PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" bigint
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"sid" varchar PRIMARY KEY NOT NULL,
	"sess" jsonb NOT NULL,
	"expire" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"password_hash" text NOT NULL,
	"totp_sealed" text,
	"totp_last_step" bigint,
	"recovery_hashes" text[] DEFAULT '{}' NOT NULL,
	"is_disabled" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "workspace_users" (
	"workspace_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"last_visit_at" timestamp with time zone,
	CONSTRAINT "workspace_users_workspace_id_user_id_pk" PRIMARY KEY("workspace_id","user_id"),
	CONSTRAINT "workspace_users_role" CHECK ("workspace_users"."role" in ('viewer', 'marketer', 'admin'))
);
--> statement-breakpoint
CREATE INDEX "pending_raw_events_workspace" ON "pending_raw_events" USING btree ("workspace_id","seq");--> statement-breakpoint
CREATE INDEX "quarantine_source" ON "quarantine" USING btree ("workspace_id","source_id","received_at");--> statement-breakpoint
CREATE INDEX "raw_events_subject" ON "raw_events" USING btree ("workspace_id","subject");--> statement-breakpoint
CREATE UNIQUE INDEX "sources_key" ON "sources" USING btree ("workspace_id","key");--> statement-breakpoint
CREATE INDEX "sources_hook" ON "sources" USING btree ("hook_token_hash");--> statement-breakpoint
CREATE INDEX "sync_runs_source" ON "sync_runs" USING btree ("workspace_id","source_id","started_at");--> statement-breakpoint
CREATE INDEX "changed_profiles_workspace" ON "changed_profiles" USING btree ("workspace_id","refresh_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "event_names_name" ON "event_names" USING btree ("workspace_id","name");--> statement-breakpoint
CREATE INDEX "events_timeline" ON "events" USING btree ("workspace_id","profile_id","occurred_at" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "identifiers_profile" ON "identifiers" USING btree ("workspace_id","profile_id");--> statement-breakpoint
CREATE INDEX "merges_from" ON "merges" USING btree ("workspace_id","from_profile_id");--> statement-breakpoint
CREATE INDEX "merges_to" ON "merges" USING btree ("workspace_id","to_profile_id");--> statement-breakpoint
CREATE INDEX "profile_aliases_profile" ON "profile_aliases" USING btree ("workspace_id","profile_id");--> statement-breakpoint
CREATE INDEX "profiles_last_seen" ON "profiles" USING btree ("workspace_id","last_seen_at","id") WHERE merged_into is null and erased_at is null;--> statement-breakpoint
CREATE INDEX "records_profile" ON "records" USING btree ("workspace_id","profile_id");--> statement-breakpoint
CREATE INDEX "dated_values_at" ON "dated_values" USING btree ("workspace_id","name","at");--> statement-breakpoint
CREATE INDEX "dated_values_day" ON "dated_values" USING btree ("workspace_id","name","month","day");--> statement-breakpoint
CREATE INDEX "facts_last_order" ON "facts" USING btree ("workspace_id","last_order_at");--> statement-breakpoint
CREATE INDEX "scorings_as_of" ON "scorings" USING btree ("workspace_id","as_of");--> statement-breakpoint
CREATE INDEX "memberships_present" ON "memberships" USING btree ("workspace_id","segment_key","profile_id") WHERE left_at is null;--> statement-breakpoint
CREATE INDEX "memberships_entered" ON "memberships" USING btree ("workspace_id","segment_key","entered_at");--> statement-breakpoint
CREATE INDEX "memberships_left" ON "memberships" USING btree ("workspace_id","segment_key","left_at");--> statement-breakpoint
CREATE INDEX "refreshes_as_of" ON "refreshes" USING btree ("workspace_id","as_of");--> statement-breakpoint
CREATE INDEX "staged_changes_refresh" ON "staged_changes" USING btree ("workspace_id","refresh_id","segment_key");--> statement-breakpoint
CREATE INDEX "deliveries_id" ON "deliveries" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_campaign" ON "deliveries" USING btree ("workspace_id","campaign_id","status");--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("workspace_id","due_at") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "destination_members_destination" ON "destination_members" USING btree ("workspace_id","destination_id");--> statement-breakpoint
CREATE INDEX "outbox_created" ON "outbox" USING btree ("workspace_id","created_at");--> statement-breakpoint
CREATE INDEX "audit_entries_workspace" ON "audit_entries" USING btree ("workspace_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "keys_hash" ON "keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "sessions_expire" ON "sessions" USING btree ("expire");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("email");--> statement-breakpoint
CREATE INDEX "workspace_users_user" ON "workspace_users" USING btree ("user_id");