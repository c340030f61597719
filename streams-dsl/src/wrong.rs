//! Programs that must not compile. The messages are those of `on_unimplemented` at the traits concerned.

/// A type without a serde cannot be read from a topic.
///
/// ```compile_fail,E0277
/// use streams_dsl::prelude::*;
///
/// #[derive(Clone)]
/// struct Order;
///
/// StreamsBuilder::new().stream::<String, Order>("orders");
/// ```
struct ASerdeIsMissing;

/// Streams of different types cannot be merged.
///
/// ```compile_fail,E0308
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// let numbers = builder.stream::<String, i64>("numbers");
/// let texts = builder.stream::<String, String>("texts");
/// numbers.merge(&texts);
/// ```
struct MergedTypesDiffer;

/// The store of a count holds numbers.
///
/// ```compile_fail,E0277
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// let words = builder.stream::<String, String>("words").group_by_key();
/// words.count_with(Materialized::<String, String>::as_("counts"));
/// ```
struct AStoreOfTheWrongType;

/// A number is no window.
///
/// ```compile_fail,E0277
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// builder.stream::<String, String>("words").group_by_key().windowed_by(60);
/// ```
struct NoWindow;

/// Texts do not make a table of numbers.
///
/// ```compile_fail,E0277
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// builder.stream::<String, String>("words").to_table::<i64>();
/// ```
struct ATableOfAnotherType;

/// A processor takes what the stream has.
///
/// ```compile_fail,E0271
/// use streams_dsl::prelude::*;
///
/// struct Print;
///
/// impl Processor<String, i64, String, i64> for Print {
///     fn process(
///         &mut self,
///         record: Record<String, i64>,
///         ctx: &mut ProcessorContext<'_, String, i64>,
///     ) -> Result<(), BoxError> {
///         Ok(ctx.forward(record)?)
///     }
/// }
///
/// let builder = StreamsBuilder::new();
/// builder.stream::<String, String>("words").process(|| Print, &[]);
/// ```
struct AProcessorOfOtherTypes;
