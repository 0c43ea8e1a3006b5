-- When somebody was last seen no longer counts what was done to them: the next refresh computes everyone's facts again.
insert into changed_profiles (workspace_id, profile_id)
select workspace_id, id from profiles where merged_into is null and erased_at is null;
