#include "cli/eval_metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "cli/failure.h"

namespace zkvm {
namespace {

using compiler::DType;
using compiler::Labels;
using compiler::Type;

double ScoreOf(const Labels& labels, const Type& output,
               const std::vector<std::vector<double>>& values, double threshold = 0.5) {
  Scoring scoring(labels, output, threshold);
  for (size_t i = 0; i < values.size(); ++i) scoring.Add(i, values[i]);
  return scoring.Score();
}

TEST(ScoringTest, ClassesAreTheGreatestOfRows) {
  EXPECT_EQ(ScoreOf({{2, 0}, 1}, {DType::kFloat, {1, 3}}, {{0, 1, 2}, {0, 1, 2}}), 0.5);
  // A label for each position of a sequence.
  EXPECT_EQ(ScoreOf({{1, 0, 1, 1}, 4}, {DType::kFloat, {1, 4, 2}}, {{0, 1, 1, 0, 0, 1, 1, 0}}),
            0.75);
  EXPECT_EQ(ScoreOf({{0, 0, 1}, 3}, {DType::kFloat, {1, 3}}, {{-3, -2, -1}}), 1);  // one-hot
}

TEST(ScoringTest, SingleNumbers) {
  EXPECT_EQ(ScoreOf({{1, 0, 1}, 1}, {DType::kFloat, {1, 1}}, {{0.7}, {0.6}, {0.9}}), 2.0 / 3);
  EXPECT_EQ(ScoreOf({{1, 0, 1}, 1}, {DType::kFloat, {1, 1}}, {{0.7}, {0.6}, {0.9}}, 0.65), 1);
  EXPECT_EQ(ScoreOf({{7, 3}, 1}, {DType::kInt64, {1}}, {{7}, {4}}), 0.5);
  const Labels real{{1.5, 2}, 1};
  EXPECT_EQ(ScoreOf(real, {DType::kFloat, {1}}, {{1}, {3}}), 0.75);
  EXPECT_TRUE(Scoring(real, {DType::kFloat, {1}}, 0.5).is_regression());
}

TEST(ScoringTest, LabelsThatDoNotFit) {
  const Labels labels{{1, 2, 3, 4}, 2};
  EXPECT_THROW(Scoring(labels, {DType::kFloat, {1, 10}}, 0.5), Failure);
  // An output whose size depends on data, and is less than its bound here.
  EXPECT_THROW(ScoreOf({{1, 2}, 2}, {DType::kInt64, {2}}, {{1}}), Failure);
}

TEST(ErrorSumTest, IsRelativeToTheReference) {
  ErrorSum sum;
  EXPECT_EQ(sum.Relative(), std::nullopt);
  sum.Add(3, 3);
  EXPECT_EQ(sum.Relative(), 0);
  sum.Add(5, 4);
  EXPECT_EQ(sum.Relative(), 0.2);
  EXPECT_EQ(sum.greatest, 1);
}

TEST(ErrorSumTest, NoNumberIsFarFromANumber) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  ErrorSum sum;
  sum.Add(kNan, kNan);
  sum.Add(2, 2);
  EXPECT_EQ(sum.Relative(), 0);
  sum.Add(kNan, 1);
  EXPECT_EQ(sum.Relative(), std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace zkvm
