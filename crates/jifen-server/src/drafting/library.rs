//! Ready books to start from: the starter set and those of real halls, written in our own words after published books.
//!
//! They are the very files that the tests run with their worked cases (`testdata/rules/corpus`).

use jifen_core::rule::{self, RuleSet};
use rust_embed::RustEmbed;

/// The books of real halls, and their worked cases beside them.
#[derive(RustEmbed)]
#[folder = "../../testdata/rules/corpus"]
struct Corpus;

/// A book to start from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadyBook {
    /// What it is asked for by.
    pub name: String,
    /// Its whole text.
    pub text: String,
    /// What the text says.
    pub set: RuleSet,
}

const STARTER: &str = "starter";

/// All books, the starter set first.
pub fn books() -> Vec<ReadyBook> {
    let names = Corpus::iter().filter_map(|file| name_of(&file).map(str::to_owned));
    let mut names: Vec<String> = names.collect();
    names.sort();
    std::iter::once(STARTER.to_owned()).chain(names).filter_map(|name| book(&name)).collect()
}

/// The book of this name.
pub fn book(name: &str) -> Option<ReadyBook> {
    let text = match name {
        STARTER => rule::STARTER.to_owned(),
        _ => String::from_utf8(Corpus::get(&format!("{name}.toml"))?.data.into_owned()).ok()?,
    };
    let set = rule::parse(&text).ok()?;
    Some(ReadyBook { name: name.to_owned(), text, set })
}

/// `05-red-flag.toml` is a book; its cases and the folder's own words are none.
fn name_of(file: &str) -> Option<&str> {
    file.strip_suffix(".toml").filter(|name| !name.ends_with(".cases"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_book_of_the_corpus_is_there_and_sound() {
        let names = Corpus::iter().filter(|file| name_of(file).is_some()).count();
        let books = books();
        assert!(names > 20 && books.len() == names + 1, "{names} files, {} books", books.len());
        assert_eq!(books.first().map(|book| book.name.as_str()), Some(STARTER));
        assert!(
            books.iter().all(|book| book.set.basis.is_some() || book.name == STARTER || book.name.starts_with("00-"))
        );
        assert!(book("05-red-flag").is_some_and(|book| book.text.contains("阳东")));
        assert_eq!(book("05-red-flag.cases"), None);
        assert_eq!(book("../README"), None);
    }
}
