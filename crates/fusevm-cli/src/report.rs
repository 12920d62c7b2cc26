//! Errors, as people read them.

use std::borrow::Cow;
use std::io::Write as _;
use std::ops::Range;
use std::process::ExitCode;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Exit status when a program ends with an error, or output cannot be written.
const RUN_TIME: u8 = 1;
/// Exit status for wrong usage and bad input; clap uses the same.
const BAD_INPUT: u8 = 2;

/// Why a command did not do all its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The reader of our output went away. It has what it wanted, so this is a quiet success.
    ClosedPipe,
    /// Something to tell.
    Errors {
        status: u8,
        diagnostics: Vec<Diagnostic>,
    },
}

impl Failure {
    /// A failure at run time.
    pub(crate) fn run_time(diagnostic: impl Into<Diagnostic>) -> Self {
        Failure::Errors {
            status: RUN_TIME,
            diagnostics: vec![diagnostic.into()],
        }
    }

    /// Wrong usage or bad input.
    pub(crate) fn bad_input(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::all_bad_input(vec![diagnostic.into()])
    }

    /// Bad input with several errors in it.
    pub(crate) fn all_bad_input(diagnostics: Vec<Diagnostic>) -> Self {
        Failure::Errors {
            status: BAD_INPUT,
            diagnostics,
        }
    }

    /// Tells the user on standard error; gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Failure::ClosedPipe => ExitCode::SUCCESS,
            Failure::Errors {
                status,
                diagnostics,
            } => {
                let renderer = Renderer::styled();
                let rendered: Vec<String> = diagnostics
                    .iter()
                    .map(|diagnostic| renderer.render(&[diagnostic.group()]) + "\n")
                    .collect();
                // Who closed standard error does not want to know.
                let _ = anstream::stderr().write_all(rendered.join("\n").as_bytes());
                ExitCode::from(*status)
            }
        }
    }
}

/// Tells the user about something that is no failure.
pub(crate) fn warn(message: &str) {
    let group = Group::with_title(Level::WARNING.primary_title(printable(message)));
    let rendered = Renderer::styled().render(&[group]) + "\n";
    // As above.
    let _ = anstream::stderr().write_all(rendered.as_bytes());
}

/// Tells the user what was asked for, beside the output of a program.
pub(crate) fn tell(lines: &[String]) {
    let text: String = lines.iter().map(|line| printable(line) + "\n").collect();
    // As above.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// One error.
#[derive(Debug, Default)]
pub(crate) struct Diagnostic {
    pub(crate) message: String,
    /// Where it is.
    pub(crate) place: Option<Place>,
    /// What else is known about it.
    pub(crate) notes: Vec<String>,
    /// What may help.
    pub(crate) help: Option<String>,
}

/// A place in a source text.
#[derive(Debug)]
pub(crate) struct Place {
    /// The name of the source.
    pub(crate) source: String,
    /// The line, from 1; 0 when it is not known.
    pub(crate) line: usize,
    /// The column in characters, from 1, for when the text is not known.
    pub(crate) column: Option<usize>,
    /// The text of the line, if it can be shown.
    pub(crate) text: Option<String>,
    /// The bytes of that text in question; all of it but indentation if not given.
    pub(crate) span: Option<Range<usize>>,
}

impl<M: Into<String>> From<M> for Diagnostic {
    fn from(message: M) -> Self {
        Diagnostic {
            message: message.into(),
            ..Diagnostic::default()
        }
    }
}

impl Diagnostic {
    fn group(&self) -> Group<'_> {
        let mut group = Group::with_title(Level::ERROR.primary_title(printable(&self.message)));
        if let Some(place) = &self.place {
            group = place.add_to(group);
        }
        for note in &self.notes {
            group = group.element(Level::NOTE.message(printable(note)));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        group
    }
}

impl Place {
    fn add_to<'a>(&'a self, group: Group<'a>) -> Group<'a> {
        let Some(text) = &self.text else {
            let origin = Origin::path(printable(&self.source));
            return group.element(match (self.line, self.column) {
                (0, _) => origin,
                (line, None) => origin.line(line),
                (line, Some(column)) => origin.line(line).char_column(column),
            });
        };
        let span = self.span.clone().unwrap_or_else(|| {
            let start = text.len() - text.trim_start().len();
            start..text.trim_end().len().max(start)
        });
        group.element(
            Snippet::source(text)
                .path(printable(&self.source))
                .line_start(self.line)
                .annotation(AnnotationKind::Primary.span(span)),
        )
    }
}

/// A text with its control characters escaped. Names and messages come from programs, which must
/// not write to the terminal by way of their errors.
fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut printable = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c.is_control() {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    Cow::Owned(printable)
}
