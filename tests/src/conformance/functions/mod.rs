//! The named functions of the case format: `name` or `name:argument`.

mod aggregator;
mod extractor;
mod joiner;
mod key;
mod list;
mod merger;
mod pair;
mod predicate;
mod reducer;
mod topic;
mod value;

pub(crate) use aggregator::Aggregator;
pub(crate) use extractor::Extractor;
pub(crate) use joiner::Joiner;
pub(crate) use key::KeyFn;
pub(crate) use list::ListFn;
pub(crate) use merger::Merger;
pub(crate) use pair::PairFn;
pub(crate) use predicate::Predicate;
pub(crate) use reducer::Reducer;
pub(crate) use topic::TopicFn;
pub(crate) use value::ValueFn;

use super::op::Reason;

/// A function's name, and its argument: all behind the first colon.
#[derive(Debug, Clone, Copy)]
struct Call<'a> {
    what: &'static str,
    text: &'a str,
    name: &'a str,
    argument: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Takes `text` apart; `what` says in messages which kind of function it is.
    fn of(what: &'static str, text: &'a str) -> Self {
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        Self { what, text, name, argument }
    }

    fn argument(&self) -> Result<String, Reason> {
        let missing = || format!("{} `{}` needs an argument", self.what, self.text);
        self.argument.map(str::to_owned).ok_or_else(missing)
    }

    fn number(&self) -> Result<i64, Reason> {
        let number = self.argument()?.parse();
        number.map_err(|_| format!("the argument of {} `{}` is no number", self.what, self.text))
    }

    fn unknown(&self) -> Reason {
        format!("{} `{}` is unknown", self.what, self.text)
    }
}

/// The part before, or behind, the first colon.
fn around_colon(text: &str, before: bool) -> Option<String> {
    let (head, tail) = text.split_once(':')?;
    Some(if before { head } else { tail }.to_owned())
}

/// The words between single spaces.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// The first character, if there is one.
fn first_char(text: &str) -> Option<String> {
    text.chars().next().map(String::from)
}

/// The number that `text` is, if it is an optional minus and 1 to `max_digits` digits.
fn plain_number(text: &str, max_digits: usize) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = (1..=max_digits).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}
