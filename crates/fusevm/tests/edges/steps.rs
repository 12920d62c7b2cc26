//! Passes of a loop that a builtin goes through: it looks at what a pass has left, and gives the next
//! one other values.

use std::cell::RefCell;
use std::mem;

use fusevm::{VM, Value};
use fusevm_testkit::Outcome;

use crate::program::{Case, Program};

/// Passes with the first case that native code was there for, between others: so it counts as good.
const GOOD: usize = 4;
/// Passes until native code is there again.
const PATIENCE: usize = 200;
/// Errors of one pass.
const ERRORS: usize = 3;

/// What is done, and seen.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// The values of passes. Native code is made for the first ones.
    cases: Vec<Case>,
    /// What each pass has left, and its errors.
    pub(crate) seen: Vec<Vec<String>>,
    /// The case that is tried.
    at: usize,
    /// Whether native code is waited for after each, and for how long it was.
    native: bool,
    waiting: Option<usize>,
    good: usize,
    patience: usize,
    stops: u64,
    early_exits: u64,
    /// Passes that native code was entered for, and those in which it was left early.
    pub(crate) entered: usize,
    pub(crate) left_early: usize,
}

thread_local! {
    static SCRIPT: RefCell<Script> = RefCell::default();
}

impl Script {
    pub(crate) fn new(cases: &[Case], native: bool) -> Self {
        Script {
            cases: cases.to_vec(),
            seen: vec![Vec::new(); cases.len()],
            native,
            patience: PATIENCE,
            ..Script::default()
        }
    }

    /// Runs a machine through all passes.
    pub(crate) fn play(self, vm: &mut VM) -> Script {
        self.deal(vm);
        SCRIPT.replace(self);
        // Behind an error the run goes on.
        while let Err(error) = vm.try_run() {
            let goes_on = SCRIPT.with_borrow_mut(|script| script.see(format!("{error:?}")));
            if !goes_on {
                break;
            }
        }
        SCRIPT.take()
    }

    /// Notes something of this pass. False if there is too much of it.
    fn see(&mut self, what: String) -> bool {
        if self.waiting.is_some() {
            return true;
        }
        self.seen[self.at].push(what);
        self.seen[self.at].len() <= ERRORS
    }

    /// Puts the values of the next pass where they belong.
    fn deal(&self, vm: &mut VM) {
        while !vm.stack().is_empty() {
            vm.pop();
        }
        vm.last_status = 0;
        let case = self.cases[if self.waiting.is_some() { 0 } else { self.at }];
        Program::prepare(vm, case);
        for result in 3..6 {
            vm.set_global(result, Value::Undef);
        }
    }

    /// The end of a pass. Says whether there is another one.
    fn step(&mut self, vm: &VM) -> bool {
        let stats = vm.jit_stats();
        let stopped = stats.stops > mem::replace(&mut self.stops, stats.stops);
        let left_early = stats.early_exits > mem::replace(&mut self.early_exits, stats.early_exits);
        match &mut self.waiting {
            None => {
                let outcome = Outcome {
                    // How many passes there were is not the same for all.
                    fuel: None,
                    ..Outcome::of(vm, Ok(None), Vec::new())
                };
                self.see(format!("{outcome:?}"));
                self.entered += usize::from(left_early);
                self.left_early += usize::from(left_early);
                if self.native {
                    self.waiting = Some(0);
                    self.good = 0;
                } else {
                    self.at += 1;
                }
            }
            Some(passes) => {
                // Native code that gets here stops in the builtin, after it has looked.
                if *passes == 0 {
                    self.entered += usize::from(stopped);
                }
                *passes += 1;
                self.good += usize::from(stopped && *passes > 1);
                if self.good == GOOD || *passes == self.patience {
                    // Where there is none in so long a time there never is.
                    if self.good == 0 {
                        self.patience = (self.patience / 4).max(1);
                    }
                    self.waiting = None;
                    self.at += 1;
                }
            }
        }
        self.at < self.cases.len()
    }
}

/// The builtin at the end of passes.
pub(crate) fn step(vm: &mut VM, _: u8) -> Value {
    SCRIPT.with_borrow_mut(|script| {
        let goes_on = script.step(vm);
        if goes_on {
            script.deal(vm);
        }
        Value::Bool(goes_on)
    })
}
