//! What Peerwatch concludes, told as short stories with their endings printed: one module for each rule.
#![allow(clippy::unwrap_used, reason = "a story that cannot be told fails")]

mod facts;
mod story;

mod rule_1_gone_needs_proof;
mod rule_2_a_person_away_is_no_stuck_worker;
mod rule_3_every_verdict_has_witnesses;
mod rule_4_a_running_child_vetoes_suspicion;
mod rule_5_silence_counts_awake_time;
mod rule_6_thresholds_learn;
mod rule_7_one_alert_per_silence;
mod rule_8_unknown_is_said_to_be_unknown;

mod bridges;
mod day;
mod fine;
mod messages;
mod notifications;
mod problems;
mod quiet;
mod sides;
mod steady;
mod summaries;
mod week;
