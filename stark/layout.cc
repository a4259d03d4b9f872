#include "stark/layout.h"

#include <algorithm>
#include <functional>
#include <set>

namespace zkvm {
namespace {

// Levels by descending height, and each group's place in them: table order, then column order.
void PlaceGroups(int log_blowup, Tree& tree) {
  std::set<int, std::greater<>> heights;
  for (const ColumnGroup& group : tree.groups) heights.insert(group.log_n);
  tree.shape.log_blowup = log_blowup;
  for (const int log_n : heights) tree.shape.levels.push_back({log_n + log_blowup, 0});
  for (ColumnGroup& group : tree.groups) {
    group.level = static_cast<size_t>(std::distance(heights.begin(), heights.find(group.log_n)));
    group.offset = tree.shape.levels[group.level].width;
    tree.shape.levels[group.level].width += group.words();
  }
}

std::vector<uint32_t> BusNextColumns(const AirShape& shape) {
  std::vector<uint32_t> next;
  if (shape.exchanges > 0) next.push_back(static_cast<uint32_t>(shape.product_columns() - 1));
  if (shape.fractions > 0) next.push_back(static_cast<uint32_t>(shape.bus_columns() - 1));
  return next;
}

}  // namespace

Layout::Layout(const Machine& machine, const Preset& preset, const Heights& heights) {
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = machine.tables[t].air->shape();
    const int log_n = heights.log_heights[t];
    const auto add = [&](TreeId tree, bool extension, size_t columns, std::vector<uint32_t> next) {
      if (columns == 0) return;
      trees[tree].groups.push_back({t, log_n, extension, columns, std::move(next), 0, 0, 0});
    };
    add(shape.model ? kModelTree : kFixedTree, false, shape.fixed_columns, {});
    add(kMainTree, false, shape.main_columns, shape.main_next);
    add(kGarbageTree, true, shape.garbage_columns, {});
    add(kFoldTree, true, shape.fold_columns, shape.fold_next);
    add(kBusTree, true, shape.bus_columns(), BusNextColumns(shape));
    constraints += shape.constraints();
  }
  trees[kQuotientTree].groups.push_back({0, heights.log_k, true, kQuotientChunks, {}, 0, 0, 0});

  for (size_t tree = 0; tree < kNumTrees; ++tree) {
    PlaceGroups(preset.log_blowup, trees[tree]);
    const TreeId id = static_cast<TreeId>(tree);
    for (ColumnGroup& group : trees[tree].groups) {
      group.first_function = functions.size();
      const size_t here = PlaceOf(group.log_n, id == kQuotientTree ? Point::kEta : Point::kHere);
      for (size_t c = 0; c < group.columns; ++c) functions.push_back({c, here});
      if (group.next.empty()) continue;
      const size_t next = PlaceOf(group.log_n, Point::kNext);
      for (const uint32_t c : group.next) functions.push_back({c, next});
    }
  }
}

size_t Layout::PlaceOf(int log_n, Point point) {
  const auto found = std::find(places.begin(), places.end(), Place{log_n, point});
  if (found != places.end()) return static_cast<size_t>(found - places.begin());
  places.push_back({log_n, point});
  return places.size() - 1;
}

}  // namespace zkvm
