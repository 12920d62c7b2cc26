//! The regular expressions of a running program.

use std::collections::HashMap;

use super::regex::{Flavor, Regex};
use super::split::Separator;

/// How many expressions that were texts are kept. Beyond that all are forgotten: a program that
/// makes new ones all the time gains nothing from any of them.
const MAX_DYNAMIC: usize = 200;

/// Compiled expressions and separators, and the texts of constant expressions that no one has
/// needed yet.
#[derive(Debug, Default)]
pub(crate) struct Regexes {
    texts: Vec<Vec<u8>>,
    constants: Vec<Option<Box<Regex>>>,
    dynamic: HashMap<Vec<u8>, Box<Regex>>,
    separators: HashMap<Vec<u8>, Separator>,
    /// Records are paragraphs, where a line feed separates fields, too.
    pub(crate) lines: bool,
    /// How expressions are read.
    pub(crate) flavor: Flavor,
}

impl Regexes {
    /// The constant expressions of a program are known by their numbers.
    pub(crate) fn new(texts: Vec<Vec<u8>>, flavor: Flavor) -> Self {
        Regexes {
            constants: texts.iter().map(|_| None).collect(),
            texts,
            flavor,
            ..Regexes::default()
        }
    }

    /// The constant expression of a number.
    pub(crate) fn constant(&mut self, number: i64) -> Result<&mut Regex, String> {
        let index = usize::try_from(number).ok();
        let place = index.and_then(|index| {
            let place = self.constants.get_mut(index)?;
            Some((place, self.texts.get(index)?))
        });
        match place {
            Some((Some(regex), _)) => Ok(regex),
            Some((place, text)) => {
                let regex = Regex::with(text, self.flavor).map_err(|error| error.to_string())?;
                Ok(place.insert(Box::new(regex)))
            }
            None => Err(format!("there is no regular expression number {number}")),
        }
    }

    /// The expression of a text.
    pub(crate) fn dynamic(&mut self, text: &[u8]) -> Result<&mut Regex, String> {
        if !self.dynamic.contains_key(text) {
            let regex = Regex::with(text, self.flavor).map_err(|error| error.to_string())?;
            if self.dynamic.len() >= MAX_DYNAMIC {
                self.dynamic.clear();
            }
            self.dynamic.insert(text.to_vec(), Box::new(regex));
        }
        match self.dynamic.get_mut(text) {
            Some(regex) => Ok(regex),
            None => Err("the regular expression is gone".to_owned()),
        }
    }

    /// The separator of a text.
    pub(crate) fn separator(&mut self, text: &[u8]) -> Result<&mut Separator, String> {
        if !self.separators.contains_key(text) {
            let separator =
                Separator::new(text, false, self.flavor).map_err(|error| error.to_string())?;
            if self.separators.len() >= MAX_DYNAMIC {
                self.separators.clear();
            }
            self.separators.insert(text.to_vec(), separator);
        }
        match self.separators.get_mut(text) {
            Some(separator) => Ok(separator),
            None => Err("the separator is gone".to_owned()),
        }
    }

    /// All expressions have another meaning now.
    pub(crate) fn set_ignore_case(&mut self, ignore_case: bool) {
        self.flavor.ignore_case = ignore_case;
        self.constants.fill_with(|| None);
        self.dynamic.clear();
        self.separators.clear();
    }
}
