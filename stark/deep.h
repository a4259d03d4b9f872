// Openings out of the domain and the batch f_0 (docs/protocol.md, sections 5.2 and 5.3).
//
// Both work on the first coset of every extension, whose points are s <w_n> (Y in <w_k>, X = s
// Y^e): a codeword of degree < n is determined there.
#ifndef ZKVM_STARK_DEEP_H_
#define ZKVM_STARK_DEEP_H_

#include <vector>

#include "stark/arena.h"
#include "stark/commitment.h"
#include "stark/layout.h"

namespace zkvm {

class Deep {
 public:
  // REQUIRES: commitments of all trees of the layout, in order; they outlive this object.
  Deep(const Layout& layout, const Heights& heights, const CommitmentsByTree& commitments,
       const Fp5& eta);

  // Every function's value, in the layout's order.
  std::vector<Fp5> Openings() const;

  // f_0 = sum over functions lambda (F - v) / (X - z) for Y in <w_k>: five columns of k values.
  Matrix Batch(const std::vector<Fp5>& lambda, const std::vector<Fp5>& openings) const;

 private:
  // The base columns of all functions of one place on the first coset. A column of F stands for
  // five of them; function[j] and coordinate[j] say what base column j belongs to.
  struct PlaceColumns {
    std::vector<const Fp*> columns;
    std::vector<size_t> function;
    std::vector<size_t> coordinate;
    Matrix inverse_differences;  // 1 / (X - z), five columns
    Fp5 point;
  };

  int log_k_;
  size_t num_functions_;
  std::vector<Place> places_;
  std::vector<PlaceColumns> place_columns_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_DEEP_H_
