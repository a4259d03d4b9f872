// Einsum: sums of products over named dimensions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

// A dimension of the sum: a letter, or one of those that an ellipsis stands for.
struct Dimension {
  int64_t extent = 1;
  // Of each operand, by how many elements a step of the dimension moves; 0 where the operand does
  // not have it, or is broadcast.
  std::vector<int64_t> strides;
  bool in_result = false;
};

// Dimensions of the result in its order, then those that are summed over.
struct Equation {
  std::vector<Dimension> dimensions;
  size_t result_rank = 0;
};

// Dimensions are numbered: letters by their code, those of an ellipsis from here on, right-aligned.
constexpr int kEllipsis = 256;
constexpr int kMostRank = 64;

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> terms(1);
  for (const char c : text) {
    if (c == ',') {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  return terms;
}

// The numbers of a term's dimensions; `ellipsis_rank` are those of its ellipsis.
std::vector<int> ReadTerm(const Node& node, const std::string& term, int ellipsis_rank) {
  std::vector<int> dimensions;
  bool ellipsis = false;
  for (size_t i = 0; i < term.size(); ++i) {
    if (std::isalpha(static_cast<unsigned char>(term[i])) != 0) {
      dimensions.push_back(term[i]);
    } else if (!ellipsis && term.compare(i, 3, "...") == 0) {
      for (int k = ellipsis_rank; k > 0; --k) dimensions.push_back(kEllipsis + kMostRank - k);
      ellipsis = true;
      i += 2;
    } else {
      Fail(node, fmt::format("the equation's term \"{}\" is not understood", term));
    }
  }
  return dimensions;
}

Equation ReadEquation(const Node& node, const std::vector<Shape>& operands) {
  std::string text = node.String("equation", "");
  std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
  const size_t arrow = text.find("->");
  const std::vector<std::string> terms = SplitAtCommas(text.substr(0, arrow));
  if (terms.size() != operands.size()) {
    Fail(node, fmt::format("the equation \"{}\" has {} terms for {} operands", text, terms.size(),
                           operands.size()));
  }

  std::map<int, Dimension> all;
  std::map<int, int> uses;
  int ellipsis_rank = 0;
  for (size_t t = 0; t < terms.size(); ++t) {
    const Shape& shape = operands[t];
    const bool ellipsis = terms[t].find("...") != std::string::npos;
    const int letters = static_cast<int>(terms[t].size()) - (ellipsis ? 3 : 0);
    const int hidden = static_cast<int>(shape.size()) - letters;
    if (hidden < 0 || (hidden > 0 && !ellipsis) || hidden > kMostRank) {
      Fail(node,
           fmt::format("the term \"{}\" does not fit the operand {}", terms[t], ToString(shape)));
    }
    if (ellipsis) ellipsis_rank = std::max(ellipsis_rank, hidden);
    const std::vector<int> names = ReadTerm(node, terms[t], hidden);
    const Shape strides = Strides(shape);
    std::map<int, int64_t> own;  // extents within this operand
    for (size_t a = 0; a < names.size(); ++a) {
      Dimension& dimension = all[names[a]];
      dimension.strides.resize(operands.size());
      ++uses[names[a]];
      const auto [known, first] = own.try_emplace(names[a], shape[a]);
      if (!first && known->second != shape[a]) {
        Fail(node, fmt::format("a diagonal of {} is not square", ToString(shape)));
      }
      if (shape[a] == 1) continue;
      if (dimension.extent != 1 && dimension.extent != shape[a]) {
        Fail(node, fmt::format("a dimension of the equation \"{}\" is {} and {}", text,
                               dimension.extent, shape[a]));
      }
      dimension.extent = shape[a];
      dimension.strides[t] += strides[a];
    }
  }

  std::vector<int> result;
  if (arrow != std::string::npos) {
    result = ReadTerm(node, text.substr(arrow + 2), ellipsis_rank);
  } else {
    result = ReadTerm(node, "...", ellipsis_rank);
    for (const auto& [name, count] : uses) {
      if (name < kEllipsis && count == 1) result.push_back(name);
    }
  }
  Equation equation{{}, result.size()};
  for (const int name : result) {
    const auto found = all.find(name);
    if (found == all.end() || found->second.in_result) {
      Fail(node, fmt::format("a dimension of the result of \"{}\" is unknown or repeated", text));
    }
    found->second.in_result = true;
    equation.dimensions.push_back(found->second);
  }
  for (const auto& [name, dimension] : all) {
    if (!dimension.in_result) equation.dimensions.push_back(dimension);
  }
  return equation;
}

void InferEinsum(InferContext& context) {
  CheckInputs(context, 1, context.inputs());
  if (context.inputs() == 0) context.Fail("has no operands");
  std::vector<Shape> operands;
  for (size_t i = 0; i < context.inputs(); ++i) {
    if (!context.Has(i)) context.Fail("an operand is missing");
    CheckType(context, i, context.Input(0).dtype);
    operands.push_back(context.InputShape(i));
  }
  const DType type = context.Input(0).dtype;
  if (!IsFloat(type) && !IsInteger(type)) {
    context.Fail(fmt::format("sums of {} are not defined", NameOf(type)));
  }
  const Equation equation = ReadEquation(context.node(), operands);
  Shape result;
  for (size_t d = 0; d < equation.result_rank; ++d) {
    result.push_back(equation.dimensions[d].extent);
  }
  context.Output(0, type, std::move(result));
}

// Positions within the operands, as the loops go on.
using Positions = std::vector<Scalar>;

Positions Moved(Emitter& e, const Positions& positions, const Dimension& dimension, Scalar i) {
  Positions moved = positions;
  for (size_t t = 0; t < moved.size(); ++t) {
    if (dimension.strides[t] != 0) moved[t] = moved[t] + i * e.Int(dimension.strides[t]);
  }
  return moved;
}

void Nest(Emitter& e, std::span<const Dimension> dimensions, const Positions& positions,
          const std::function<void(const Positions&)>& body) {
  if (dimensions.empty()) {
    body(positions);
    return;
  }
  e.For(dimensions[0].extent, [&](Scalar i) {
    Nest(e, dimensions.subspan(1), Moved(e, positions, dimensions[0], i), body);
  });
}

Scalar Product(Emitter& e, const Positions& positions) {
  Scalar product = e.Load(e.Input(0), positions[0]);
  for (size_t t = 1; t < positions.size(); ++t) {
    product = product * e.Load(e.Input(t), positions[t]);
  }
  return product;
}

void EmitEinsum(Emitter& e) {
  const Array y = e.Output(0);
  std::vector<Shape> operands;
  for (size_t i = 0; i < e.inputs(); ++i) operands.push_back(e.Input(i).shape());
  const Equation equation = ReadEquation(e.node(), operands);
  const std::span<const Dimension> all = equation.dimensions;
  const auto outer = all.first(equation.result_rank), summed = all.subspan(equation.result_rank);
  const DType type = RegisterType(y.dtype());
  const Positions origin(operands.size(), e.Int(0));
  const Variable next = e.Local(e.Int(0));  // position in the result

  // Where the last dimension of the result is contiguous in the operands, a row is summed at once.
  const auto contiguous = [&] {
    const auto& strides = outer.back().strides;
    return std::all_of(strides.begin(), strides.end(), [](int64_t s) { return s <= 1; });
  };
  if (!outer.empty() && !summed.empty() && contiguous()) {
    const Dimension& row = outer.back();
    const Array sums = e.Temporary({type, {row.extent}});
    Nest(e, outer.first(outer.size() - 1), origin, [&](const Positions& at) {
      e.For(row.extent, [&](Scalar j) { e.Store(sums, j, e.Zero(type)); });
      Nest(e, summed, at, [&](const Positions& begin) {
        e.For(row.extent, [&](Scalar j) {
          e.Store(sums, j, e.Load(sums, j) + Product(e, Moved(e, begin, row, j)));
        });
      });
      const Scalar base = next.Get();
      e.For(row.extent, [&](Scalar j) { e.Store(y, base + j, e.Load(sums, j)); });
      next.Set(base + e.Int(row.extent));
    });
    return;
  }
  Nest(e, outer, origin, [&](const Positions& at) {
    const Variable sum = e.Local(e.Zero(type));
    Nest(e, summed, at,
         [&](const Positions& positions) { sum.Set(sum.Get() + Product(e, positions)); });
    e.Store(y, next.Get(), sum.Get());
    next.Set(next.Get() + e.Int(1));
  });
}

}  // namespace

void RegisterEinsum(Registry& registry) { registry.Add("Einsum", {InferEinsum, EmitEinsum}); }

}  // namespace zkvm::compiler
