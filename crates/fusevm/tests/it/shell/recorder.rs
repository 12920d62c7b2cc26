//! A host that notes what it is told.

use std::sync::{Arc, Mutex};

use fusevm::{Chunk, ShellHost, Value};

/// Notes every call, and gives answers that differ from the defaults.
#[derive(Clone, Default)]
pub(super) struct Recorder {
    calls: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    fn note(&self, call: impl Into<String>) {
        self.calls.lock().unwrap().push(call.into());
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

pub(super) fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

impl ShellHost for Recorder {
    fn glob(&mut self, pattern: &str, recursive: bool) -> Vec<String> {
        self.note(format!("glob {pattern} {recursive}"));
        words(&["one", "two"])
    }

    fn tilde_expand(&mut self, s: &str) -> String {
        self.note(format!("tilde_expand {s}"));
        "/home".to_owned()
    }

    fn brace_expand(&mut self, s: &str) -> Vec<String> {
        self.note(format!("brace_expand {s}"));
        words(&["a", "b"])
    }

    fn word_split(&mut self, s: &str) -> Vec<String> {
        self.note(format!("word_split {s}"));
        words(&["w"])
    }

    fn expand_param(&mut self, name: &str, modifier: u8, args: &[Value]) -> Value {
        self.note(format!("expand_param {name} {modifier} {args:?}"));
        Value::Int(42)
    }

    fn cmd_subst(&mut self, sub: &Chunk) -> String {
        self.note(format!("cmd_subst {}", sub.source));
        "text\n".to_owned()
    }

    fn process_sub_in(&mut self, sub: &Chunk) -> String {
        self.note(format!("process_sub_in {}", sub.source));
        "/dev/fd/63".to_owned()
    }

    fn process_sub_out(&mut self, sub: &Chunk) -> String {
        self.note(format!("process_sub_out {}", sub.source));
        "/dev/fd/62".to_owned()
    }

    fn redirect(&mut self, fd: u8, op: u8, target: &str) {
        self.note(format!("redirect {fd} {op} {target}"));
    }

    fn heredoc(&mut self, content: &str) {
        self.note(format!("heredoc {content:?}"));
    }

    fn herestring(&mut self, content: &str) {
        self.note(format!("herestring {content:?}"));
    }

    fn pipeline_begin(&mut self, n: u8) {
        self.note(format!("pipeline_begin {n}"));
    }

    fn pipeline_stage(&mut self) {
        self.note("pipeline_stage");
    }

    fn pipeline_end(&mut self) -> i32 {
        self.note("pipeline_end");
        i32::MIN
    }

    fn subshell_begin(&mut self) {
        self.note("subshell_begin");
    }

    fn subshell_end(&mut self) -> Option<i32> {
        self.note("subshell_end");
        Some(6)
    }

    fn trap_set(&mut self, sig: &str, handler: &Chunk) {
        self.note(format!("trap_set {sig} {}", handler.source));
    }

    fn trap_check(&mut self) {
        self.note("trap_check");
    }

    fn with_redirects_begin(&mut self, count: u8) {
        self.note(format!("with_redirects_begin {count}"));
    }

    fn with_redirects_end(&mut self) {
        self.note("with_redirects_end");
    }

    fn call_function(&mut self, name: &str, args: Vec<String>) -> Option<i32> {
        self.note(format!("call_function {name} {args:?}"));
        (name == "h").then_some(9)
    }

    fn exec(&mut self, args: Vec<String>) -> i32 {
        self.note(format!("exec {args:?}"));
        4
    }

    fn exec_bg(&mut self, args: Vec<String>) -> i32 {
        self.note(format!("exec_bg {args:?}"));
        77
    }

    fn str_match(&mut self, s: &str, pat: &str) -> bool {
        self.note(format!("str_match {s} {pat}"));
        true
    }

    fn regex_match(&mut self, s: &str, regex: &str) -> bool {
        self.note(format!("regex_match {s} {regex}"));
        true
    }
}
