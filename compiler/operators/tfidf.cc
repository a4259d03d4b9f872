// TfIdfVectorizer: counts of n-grams.
#include <algorithm>
#include <string>
#include <vector>

#include "compiler/operators/operator.h"
#include "compiler/operators/scores.h"

namespace zkvm::compiler {
namespace {

// The pool holds the n-grams of 1, then of 2, ... elements; ngram_counts says where each length
// begins. What is counted for an n-gram goes to ngram_indexes, times its weight.
struct Ngrams {
  struct Run {
    int64_t length = 0, begin = 0, count = 0;  // n-grams of a length; begin: of their elements
    int64_t first = 0;                         // number of the first of them
  };
  std::vector<int64_t> pool, columns;
  std::vector<float> weights;
  std::vector<Run> runs;
  int64_t width = 0, skips = 0;
  std::string mode;
};

template <class Error>
Ngrams ReadNgrams(const Node& node, const Error& error) {
  Ngrams n;
  n.pool = node.Ints("pool_int64s");
  n.columns = node.Ints("ngram_indexes");
  n.weights = node.Floats("weights");
  n.skips = node.Int("max_skip_count", 0);
  n.mode = node.String("mode", "TF");
  const std::vector<int64_t> counts = node.Ints("ngram_counts");
  const int64_t least = node.Int("min_gram_length", 1), most = node.Int("max_gram_length", 1);
  const auto pool = static_cast<int64_t>(n.pool.size());
  const auto lengths = static_cast<int64_t>(counts.size());
  if (n.pool.empty()) error("only pools of integers (pool_int64s) are known");
  if (n.mode != "TF" && n.mode != "IDF" && n.mode != "TFIDF") error("unknown mode");
  if (least < 1 || most < least || most > lengths || n.skips < 0 || n.skips > (1 << 20)) {
    error("min_gram_length, max_gram_length or max_skip_count are out of range");
  }
  int64_t first = 0;
  for (int64_t length = 1; length <= lengths; ++length) {
    const auto i = static_cast<size_t>(length - 1);
    const int64_t begin = counts[i], end = length < lengths ? counts[i + 1] : pool;
    if (begin < 0 || end < begin || end > pool || (end - begin) % length != 0) {
      error("ngram_counts do not fit the pool");
    }
    // The reach of an n-gram is an int32.
    if (n.skips + 1 > (int64_t{1} << 30) / length) error("max_skip_count is too large for n-grams");
    const int64_t count = (end - begin) / length;
    if (length >= least && length <= most && count > 0) {
      n.runs.push_back({length, begin, count, first});
    }
    first += count;
  }
  if (first != static_cast<int64_t>(n.columns.size()) ||
      (!n.weights.empty() && n.weights.size() != n.columns.size())) {
    error("there must be an index, and a weight if any, for each n-gram");
  }
  for (const int64_t column : n.columns) {
    if (column < 0 || column >= (1 << 24)) error("an index is out of range");
    n.width = std::max(n.width, column + 1);
  }
  return n;
}

void InferTfIdf(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  if (x.dtype != DType::kInt32 && x.dtype != DType::kInt64) {
    ctx.Fail("the input must be int32 or int64: " + ToString(x));
  }
  if (x.shape.empty() || x.shape.size() > 2) ctx.Fail("the input must be a vector or a matrix");
  const Ngrams n = ReadNgrams(ctx.node(), [&](const char* what) { ctx.Fail(what); });
  Shape shape(x.shape.begin(), x.shape.end() - 1);
  shape.push_back(n.width);
  ctx.Output(0, DType::kFloat, std::move(shape));
}

// Elements of an n-gram are 1 .. max_skip_count + 1 apart (n-grams of one element have no
// distance).
void EmitTfIdf(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Ngrams n = ReadNgrams(e.node(), [&](const char* what) { e.Fail(what); });
  const int64_t length = x.dim(x.rank() - 1);
  const int64_t rows = x.rank() == 2 ? x.dim(0) : 1;
  const Array pool = e.Table(Literal::Int64s(n.pool));
  const Array columns = e.Table(Literal::Int64s(n.columns));
  const Array weights = n.weights.empty() ? Array() : FloatTable(e, n.weights);
  const Array counts = e.Temporary({DType::kInt32, {n.width}});
  e.For(rows, [&](Scalar row) {
    const Scalar from = row * static_cast<double>(length);
    e.For(n.width, [&](Scalar c) { e.Store(counts, c, e.Int(0)); });
    for (const Ngrams::Run& run : n.runs) {
      const int64_t distances = run.length == 1 ? 1 : n.skips + 1;
      e.For(1, distances + 1, [&](Scalar distance) {
        const Scalar reach = distance * static_cast<double>(run.length - 1);
        e.For(e.Int(0), e.Int(length) - reach, [&](Scalar start) {
          e.For(run.count, [&](Scalar gram) {
            const Scalar first =
                gram * static_cast<double>(run.length) + static_cast<double>(run.begin);
            const Variable k = e.Local(e.Int(0));
            const Variable equal = e.Local(e.Int(1));
            e.While(
                [&] { return (k.Get() < static_cast<double>(run.length)) & (equal.Get() != 0); },
                [&] {
                  const Scalar element =
                      Cast(e.Load(x, from + start + k.Get() * distance), DType::kInt64);
                  equal.Set(Cast(element == e.Load(pool, first + k.Get()), DType::kInt32));
                  k.Set(k.Get() + 1);
                });
            e.If(equal.Get() != 0, [&] {
              const Scalar column =
                  Cast(e.Load(columns, gram + static_cast<double>(run.first)), DType::kInt32);
              e.Store(counts, column, e.Load(counts, column) + 1);
            });
          });
        });
      });
    }
    const Scalar to = row * static_cast<double>(n.width);
    e.For(n.width, [&](Scalar c) {
      const Scalar count = e.Load(counts, c);
      const Scalar shown = n.mode == "IDF" ? Min(count, e.Int(1)) : count;
      e.Store(y, to + c, Cast(shown, DType::kFloat));
    });
    if (n.mode == "TF" || n.weights.empty()) return;
    e.For(columns.elements(), [&](Scalar gram) {
      const Scalar at = to + Cast(e.Load(columns, gram), DType::kInt32);
      e.Store(y, at, e.Load(y, at) * e.Load(weights, gram));
    });
  });
}

}  // namespace

void RegisterTfIdf(Registry& r) { r.Add("TfIdfVectorizer", {InferTfIdf, EmitTfIdf}); }

}  // namespace zkvm::compiler
