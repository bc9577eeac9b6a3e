//! The command line as a person and a script meet it: the real program, in a home of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test should say where")]

#[cfg(unix)]
mod bridge;
#[cfg(target_os = "linux")]
mod doctor;
mod engine;
#[cfg(unix)]
mod faults_delivery;
#[cfg(unix)]
mod faults_life;
#[cfg(unix)]
mod faults_operation;
#[cfg(unix)]
mod faults_security;
#[cfg(unix)]
mod faults_works;
mod home;
#[cfg(unix)]
mod own;
mod pages;
#[cfg(unix)]
mod reassign;
mod roster;
#[cfg(unix)]
mod scripts;
#[cfg(unix)]
mod tasks;
#[cfg(unix)]
mod terminal;
