//! Elements of a decoded message by their paths.

use serde_json::Value;

/// The texts of every element whose path ends with the given one: `InsurerNumber`, or
/// `QualificationConfirmSearchInfo/InsurerNumber`. Elements that repeat each give theirs.
pub(super) fn texts<'a>(message: &'a Value, path: &str) -> Vec<&'a str> {
    let wanted: Vec<&str> = path.split('/').collect();
    let mut found = Vec::new();
    collect(message, &mut Vec::new(), &wanted, &mut found);
    found
}

fn collect<'a>(value: &'a Value, at: &mut Vec<&'a str>, wanted: &[&str], found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                at.push(name);
                collect(value, at, wanted, found);
                at.pop();
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, at, wanted, found)),
        Value::String(text) => {
            if at.ends_with(wanted) {
                found.push(text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_names_elements_from_their_end_and_each_repetition_counts() {
        let message = json!({ "Body": { "List": [{ "No": "1" }, { "No": "2" }], "Number": "3" }, "No": "4" });
        assert_eq!(texts(&message, "No"), ["1", "2", "4"]);
        assert_eq!(texts(&message, "List/No"), ["1", "2"]);
        assert_eq!(texts(&message, "Body/Number"), ["3"]);
        assert!(texts(&message, "umber").is_empty(), "names are whole");
        assert!(texts(&message, "Other/Body/List/No").is_empty());
    }
}
