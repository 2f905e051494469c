// What makes the library a Node module. Loading it has registered the ops with the TensorFlow that tfjs-node loaded;
// its exports say what it found. The symbols are Node's: weak, because elsewhere, as in Python,
// they are neither there nor called.
#include <node_api.h>

#include "../cpu/isa.h"
#include "../cuda/driver.h"

#pragma weak napi_create_string_utf8
#pragma weak napi_define_properties

namespace {

napi_value toString(napi_env env, const char *text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

napi_value isa(napi_env env, napi_callback_info) { return toString(env, ctu::isaName()); }

// undefined where CUDA can be used, else the reason.
napi_value cudaProblem(napi_env env, napi_callback_info) {
  const char *problem = ctu::cuda::driverProblem();
  return problem == nullptr ? nullptr : toString(env, problem);
}

} // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
      {"isa", nullptr, isa, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"cudaProblem", nullptr, cudaProblem, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  return exports;
}
