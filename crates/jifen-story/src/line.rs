//! A line's words: separated by blanks, texts in double quotes are one word, `//` begins a remark.

/// Splits a line into words; `None` when a quote is not closed.
pub(crate) fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut rest) = (Vec::new(), line.trim_start());
    while !rest.is_empty() && !rest.starts_with("//") {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            // JSON of a raw event goes to the end of the object.
            None if rest.starts_with('{') => rest.split_at(rest.rfind('}')? + 1),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Some(words)
}
