//! An operator of a case's topology: its name and its parameters, each of which must be looked at.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// Why a case could not be run, as a sentence.
pub(crate) type Reason = String;

/// One operator. Parameters are taken by name; what nobody took is an error, so that no parameter is silently ignored.
#[derive(Debug, Clone)]
pub(crate) struct Op {
    /// Which operator.
    pub(crate) op: String,
    /// What the result is called.
    pub(crate) id: Option<String>,
    /// The ids of the inputs.
    pub(crate) from: Vec<String>,
    params: Params,
}

/// Named parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    values: BTreeMap<String, Value>,
    taken: RefCell<BTreeSet<String>>,
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values = BTreeMap::<String, Value>::deserialize(deserializer)?;
        let text = |value: Value| match value {
            Value::String(text) => Ok(text),
            other => Err(de::Error::custom(format!("{other} is not a string"))),
        };
        let op = text(values.remove("op").ok_or_else(|| de::Error::missing_field("op"))?)?;
        let id = values.remove("id").map(text).transpose()?;
        let from = match values.remove("from") {
            None => Vec::new(),
            Some(Value::Array(ids)) => ids.into_iter().map(text).collect::<Result<_, _>>()?,
            Some(one) => vec![text(one)?],
        };
        Ok(Self { op, id, from, params: Params::new(values) })
    }
}

impl Op {
    /// The parameters.
    pub(crate) fn params(&self) -> &Params {
        &self.params
    }

    /// The id of input number `index`.
    pub(crate) fn input(&self, index: usize) -> Result<&str, Reason> {
        let id = self.from.get(index).map(String::as_str);
        id.ok_or_else(|| format!("operator `{}` lacks input {index}", self.op))
    }

    /// The `name` parameter.
    pub(crate) fn name(&self) -> Result<Option<&str>, Reason> {
        self.params.opt_str("name")
    }
}

impl Params {
    /// Parameters that nobody has looked at yet.
    pub(crate) fn new(values: BTreeMap<String, Value>) -> Self {
        Self { values, taken: RefCell::default() }
    }

    /// The parameter, as it is.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.taken.borrow_mut().insert(name.to_owned());
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// The parameter as it is, null included.
    pub(crate) fn get_nullable(&self, name: &str) -> Option<&Value> {
        self.taken.borrow_mut().insert(name.to_owned());
        self.values.get(name)
    }

    /// The string parameter, if it is there.
    pub(crate) fn opt_str(&self, name: &str) -> Result<Option<&str>, Reason> {
        let text = |value: &Value| format!("parameter `{name}` is {value}, not a string");
        self.get(name).map(|value| value.as_str().ok_or_else(|| text(value))).transpose()
    }

    /// The string parameter.
    pub(crate) fn str(&self, name: &str) -> Result<&str, Reason> {
        self.opt_str(name)?.ok_or_else(|| format!("parameter `{name}` is missing"))
    }

    /// The integer parameter, if it is there.
    pub(crate) fn opt_int(&self, name: &str) -> Result<Option<i64>, Reason> {
        let text = |value: &Value| format!("parameter `{name}` is {value}, not an integer");
        self.get(name).map(|value| value.as_i64().ok_or_else(|| text(value))).transpose()
    }

    /// The integer parameter.
    pub(crate) fn int(&self, name: &str) -> Result<i64, Reason> {
        self.opt_int(name)?.ok_or_else(|| format!("parameter `{name}` is missing"))
    }

    /// The boolean parameter, if it is there.
    pub(crate) fn opt_flag(&self, name: &str) -> Result<Option<bool>, Reason> {
        let text = |value: &Value| format!("parameter `{name}` is {value}, not true or false");
        self.get(name).map(|value| value.as_bool().ok_or_else(|| text(value))).transpose()
    }

    /// The boolean parameter; absent is `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Reason> {
        Ok(self.opt_flag(name)?.unwrap_or(false))
    }

    /// The items of a comma-separated string (or of a list of strings); absent is empty.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<&str>, Reason> {
        let wrong = |value: &Value| format!("parameter `{name}` holds {value}, which is not a string");
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(text.split(',').collect()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().ok_or_else(|| wrong(item))).collect()
            }
            Some(other) => Err(wrong(other)),
        }
    }

    /// The parameter as parameters of its own, if it is there.
    pub(crate) fn nested(&self, name: &str) -> Result<Option<Params>, Reason> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => Self::of(value).map(Some),
        }
    }

    /// The parameter as a list of parameters; absent is empty.
    pub(crate) fn nested_list(&self, name: &str) -> Result<Vec<Params>, Reason> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(Self::of).collect(),
            Some(other) => Err(format!("parameter `{name}` is {other}, not a list")),
        }
    }

    /// An object's fields as parameters.
    pub(crate) fn of(value: &Value) -> Result<Params, Reason> {
        let object = value.as_object().ok_or_else(|| format!("{value} is not an object"))?;
        Ok(Self::new(object.iter().map(|(key, value)| (key.clone(), value.clone())).collect()))
    }

    /// Whether one of these parameters is given, here or one level below.
    pub(crate) fn mentions(&self, names: &[&str]) -> bool {
        let below = self.values.values().filter_map(Value::as_object).flat_map(serde_json::Map::keys);
        self.values.keys().chain(below).any(|key| names.contains(&key.as_str()))
    }

    /// Refuses parameters that nobody looked at.
    pub(crate) fn finish(&self, whose: &str) -> Result<(), Reason> {
        let taken = self.taken.borrow();
        match self.values.keys().find(|key| !taken.contains(*key)) {
            Some(key) => Err(format!("parameter `{key}` of `{whose}` is not understood")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(json: &str) -> Op {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn inputs_are_one_id_or_several() {
        assert_eq!(op(r#"{"op": "to", "from": "a"}"#).from, ["a"]);
        assert_eq!(op(r#"{"op": "merge", "from": ["a", "b"]}"#).from, ["a", "b"]);
        assert!(op(r#"{"op": "stream"}"#).from.is_empty());
    }

    #[test]
    fn a_parameter_that_nobody_took_is_refused() {
        let op = op(r#"{"op": "filter", "from": "a", "pred": "true", "colour": "red"}"#);
        assert_eq!(op.params().str("pred").unwrap(), "true");
        let refusal = op.params().finish(&op.op).unwrap_err();
        assert!(refusal.contains("`colour` of `filter`"), "{refusal}");
        op.params().get("colour");
        assert!(op.params().finish(&op.op).is_ok());
    }

    #[test]
    fn parameters_of_the_wrong_type_are_refused() {
        let op = op(r#"{"op": "x", "n": "1", "s": 1, "list": "a,b", "nothing": null}"#);
        assert!(op.params().int("n").is_err());
        assert!(op.params().str("s").is_err());
        assert_eq!(op.params().list("list").unwrap(), ["a", "b"]);
        assert_eq!(op.params().opt_int("nothing").unwrap(), None);
    }
}
