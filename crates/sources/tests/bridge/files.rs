//! Databases that come, go, are replaced, damaged or locked.
