//! The shell operations with hosts, processes and files.

mod files;
mod hosts;
mod processes;
mod recorder;
