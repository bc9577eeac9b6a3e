//! Shows a notification with actions, replaces it, withdraws it, and tells of clicks.
