//! Values that know what they were made as: what `@/regex/` and `mkbool` give.

use fusevm::value::HostObject;

/// A regular expression as a value. Anywhere but as an expression it is its text.
#[derive(Debug)]
pub(super) struct RegexValue(pub(super) String);

impl HostObject for RegexValue {
    fn type_name(&self) -> &str {
        "regexp"
    }

    fn display(&self) -> String {
        self.0.clone()
    }

    fn is_truthy(&self) -> bool {
        !self.0.is_empty()
    }
}

/// What a variable holds that was used as one, but never assigned anything.
#[derive(Debug)]
pub(super) struct Unassigned;

impl HostObject for Unassigned {
    fn type_name(&self) -> &str {
        "unassigned"
    }

    fn display(&self) -> String {
        String::new()
    }

    fn is_truthy(&self) -> bool {
        false
    }

    fn to_number(&self) -> Option<f64> {
        Some(0.0)
    }
}

/// The number 1 or 0 as a truth.
#[derive(Debug)]
pub(super) struct Truth(pub(super) bool);

impl HostObject for Truth {
    fn type_name(&self) -> &str {
        "number|bool"
    }

    fn display(&self) -> String {
        u8::from(self.0).to_string()
    }

    fn is_truthy(&self) -> bool {
        self.0
    }

    fn to_number(&self) -> Option<f64> {
        Some(f64::from(u8::from(self.0)))
    }
}
