// The op on a tensor that fills a card: one image many times over, so that its float64 truth is that of one image.
#pragma once
#include <string>
#include <vector>

namespace large {

// Of [copies, 56, 56, 64], with one beta and one c per channel or for all.
struct Result {
  std::string parameters;
  long long copies;
  // Largest error of y, dx, dbeta and dcoeff. Infinite where copies differ from each other, or a second run in a bit.
  double error;
};

// Copies of the image that the card's free memory holds three tensors of, 1344 at most: 1 GiB a tensor.
long long copiesThatFit();
std::vector<Result> check(long long copies);

} // namespace large
