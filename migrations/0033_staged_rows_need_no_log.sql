-- Its rows live and end within the transaction of a refresh: nothing of them is left to bring back after a crash.
alter table staged_changes set unlogged;
