/**
 * The weights of RobustBench (Croce et al., 2021) that networks of this package load: which network, how accurate and
 * how robust it was found to be, and how to get the file. RobustBench has the files on Google Drive, which wants a
 * browser.
 *
 * Source: RobustBench at 78fcc9e, `robustbench/model_zoo` and `model_info`. Left out are networks that are not built
 * here, those that standardise each image by itself, and those whose files alone say by what.
 */

import type { Family, PretrainedWeights } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { cifarResnets } from './cifarResnet.js';
import type { DMResNetOptions } from './dmResnet.js';
import { dmResnets } from './dmResnet.js';
import type { PreActResNetOptions } from './preActResnet.js';
import { preActResnets } from './preActResnet.js';
import { wideResnets } from './wideResnet.js';

/** What differs from what most have. */
interface Details extends Pick<PreActResNetOptions, 'bnBeforeFc' | 'outShortcut'> {
  /** The radius, where it is not 8/255 or 0.5. */
  eps?: string;
  /** What RobustBench's wrapper does to pixels, a key of `PIXELS`; nothing by default. */
  pixels?: keyof typeof PIXELS;
}

/** RobustBench's name, the network, clean and robust accuracy in percent, and the file's name on Google Drive. */
type Row = readonly [name: string, network: string, clean: number, robust: number, file: string, details?: Details];

type Threat = 'Linf' | 'L2' | 'corruptions';

/** Means and deviations by which pixels in [0, 1] are standardised before the network. */
const PIXELS = {
  symmetric: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616] },
  engstrom: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  augustin: {
    mean: [0.4913997551666284, 0.48215855929893703, 0.4465309133731618],
    std: [0.24703225141799082, 0.24348516474564, 0.2615878392604963],
  },
  rony: { mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.262] },
  chen: { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] },
  cifar100: {
    mean: [0.5070751592371323, 0.48654887331495095, 0.4409178433670343],
    std: [0.2673342858792401, 0.2564384629170883, 0.27615047132568404],
  },
} as const;

/** What RobustBench's leaderboards say, by data set and threat; robust accuracy is the lowest that they know. */
const ROWS: Readonly<Partial<Record<`${'cifar10' | 'cifar100'} ${Threat}`, readonly Row[]>>> = {
  'cifar10 Linf': [
    ['Andriushchenko2020Understanding', 'rb_preactresnet18', 79.84, 43.93, '1Uyvprd98bIyxfMjLdCZwm-NEJ-6GMVis'],
    ['Carmon2019Unlabeled', 'wrn_28_10', 89.69, 59.53, '15tUx-gkZMYx7BfEOw1GY5OKC-jECIsPQ'],
    ['Sehwag2020Hydra', 'wrn_28_10', 88.98, 57.14, '1pi8GHwAVkxVH41hEnf0IAJb_7y-Q8a2Y'],
    ['Wang2020Improving', 'wrn_28_10', 87.5, 56.29, '1T939mU4kXYt5bbvM55aT4fLBvRhyzjiQ'],
    ['Hendrycks2019Using', 'wrn_28_10', 87.11, 54.92, '1-DcJsYw2dNEOyF9epks2QS7r9nqBDEsw', { pixels: 'symmetric' }],
    ['Rice2020Overfitting', 'wrn_34_20', 85.34, 53.42, '1vC_Twazji7lBjeMQvAD9uEQxi9Nx2oG-', { pixels: 'cifar10' }],
    ['Zhang2019Theoretically', 'wrn_34_10', 84.92, 53.08, '1hPz9QQwyM7QSuWu-ANG_uXR-29xtL8t_', { eps: '0.031' }],
    [
      'Engstrom2019Robustness',
      'rb_resnet50',
      87.03,
      49.25,
      '1etqmQsksNIWBvBQ4r8ZFk_3FJlLWr8Rr',
      { pixels: 'engstrom' },
    ],
    ['Huang2020Self', 'wrn_34_10', 83.48, 53.34, '1nInDeIyZe2G-mJFxQJ3UoclQNomWjMgm', { eps: '0.031' }],
    ['Wong2020Fast', 'rb_preactresnet18', 83.34, 43.21, '1Re--_lf3jCEw9bnQqGkjw3J7v2tSZKrv', { pixels: 'cifar10' }],
    ['Zhang2019You', 'wrn_34_10', 87.2, 44.83, '1kB2qqPQ8qUNmK8VKuTOhT1X4GT46kAoA'],
    ['Zhang2020Attacks', 'wrn_34_10', 84.52, 53.51, '1lBVvLG6JLXJgQP2gbsTxNHl6s3YAopqk'],
    ['Wu2020Adversarial_extra', 'wrn_28_10', 88.25, 60.04, '1-WJWpAZLlmc4gJ8XXNf7IETjnSZzaCNp'],
    ['Wu2020Adversarial', 'wrn_34_10', 85.36, 56.17, '13LBcgNvhFppCFG22i1xATrahFPfMgXGf'],
    ['Gowal2020Uncovering_70_16', 'dm_wrn_70_16', 85.29, 57.14, '1DVwKclibqzniE2Ss5_g6BY77ChG8QKzl'],
    ['Gowal2020Uncovering_70_16_extra', 'dm_wrn_70_16', 91.1, 65.87, '1GxryYj_Or-VCDca0wgiFLz4ssXSZXQoJ'],
    ['Gowal2020Uncovering_34_20', 'dm_wrn_34_20', 85.64, 56.82, '1YWvZO1u9_yNLFNC3JYd_TVkvrRSMER1O'],
    ['Gowal2020Uncovering_28_10_extra', 'dm_wrn_28_10', 89.48, 62.76, '1MBAWGxiZxKt-GfqEqtLcXcd3tAxPhvV2'],
    ['Sehwag2021Proxy', 'wrn_34_10', 86.68, 60.27, '1QFA5fPMj2Qw4aYNG33PkFqiv_RTDWvzm'],
    ['Sehwag2021Proxy_R18', 'rb_resnet18', 84.59, 55.54, '1-ZgoSlD_AMhtXdnUElilxVXnzK2DcHuu'],
    ['Sitawarin2020Improving', 'wrn_34_10', 86.84, 50.72, '12teknvo6dQGSWBaGnbNFwFO3-Y8j2eB6'],
    ['Chen2020Efficient', 'wrn_34_10', 85.32, 51.12, '1c5EXpd3Kn_s6qQIbkLX3tTOOPC8VslHg', { pixels: 'cifar10' }],
    ['Cui2020Learnable_34_20', 'wrn_34_20', 88.7, 53.57, '1y7BUxPhQjNlb4w4BUlDyYJIS4w4fsGiS', { eps: '0.031' }],
    ['Cui2020Learnable_34_10', 'wrn_34_10', 88.22, 52.86, '16s9pi_1QgMbFLISVvaVUiNfCzah6g2YV', { eps: '0.031' }],
    ['Zhang2020Geometry', 'wrn_28_10', 89.36, 59.64, '1UoG1JhbAps1MdMc6PEFiZ2yVXl_Ii5Jk'],
    ['Rebuffi2021Fixing_28_10_cutmix_ddpm', 'dm_wrn_28_10', 87.33, 60.73, '1-0EChXbc6pOvx26O17av263bCeqIAz6s'],
    ['Rebuffi2021Fixing_106_16_cutmix_ddpm', 'dm_wrn_106_16', 88.5, 64.58, '1-4qnkveIkeWoGdF72kpEFHETiY3y4_tF'],
    ['Rebuffi2021Fixing_70_16_cutmix_ddpm', 'dm_wrn_70_16', 88.54, 64.2, '1-8CWRT-OFWyrz4T4s0I2mbFjPg8K_MUi'],
    ['Rebuffi2021Fixing_70_16_cutmix_extra', 'dm_wrn_70_16', 92.23, 66.56, '1qKDTp6IJ1BUXZaRtbYuo_t0tuDl_4mLg'],
    ['Sridhar2021Robust', 'wrn_28_10', 89.46, 59.66, '1muDMpOyRlgJ7n2rhS2NpfFGp3rzjuIu0'],
    ['Sridhar2021Robust_34_15', 'wrn_34_15', 86.53, 60.41, '1-3ii3GX93YqIcmJ3VNsOgYA7ecdnSZ0Z'],
    ['Rebuffi2021Fixing_R18_ddpm', 'dm_preact18', 83.53, 56.66, '1--dxE66AsgBSUsuK2sXCTrsYUV9B5f95'],
    ['Rade2021Helper_R18_extra', 'dm_preact18', 89.02, 57.67, '1hdXk1rPJql2Oa84Kky64fMTQzng5UcTL'],
    ['Rade2021Helper_R18_ddpm', 'dm_preact18', 86.86, 57.09, '1f2yJUo-jxCQNk589frzriv6wPyrQEZdX'],
    ['Rade2021Helper_extra', 'dm_wrn_34_10', 91.47, 62.83, '1GhAp-0C3ONRy9BxIe0J9vKc082vHvR7t'],
    ['Rade2021Helper_ddpm', 'dm_wrn_28_10', 88.16, 60.97, '1AOF6LxnwgS5fCz_lVLYqs_wnUYuv6O7z'],
    ['Addepalli2021Towards_RN18', 'rb_resnet18', 80.24, 51.06, '1-1DxecXz5U_xZ54DVdE-GVm71Tiox-Ri'],
    ['Addepalli2021Towards_WRN34', 'wrn_34_10', 85.32, 58.04, '1-3vgjTNfSq7LSMKuayEQ-jLflAP196dB'],
    ['Gowal2021Improving_70_16_ddpm_100m', 'dm_wrn_70_16', 88.74, 66.1, '10qBoDG_NomJBrRFeTsSwEcJF1GA-sjC4'],
    ['Gowal2021Improving_28_10_ddpm_100m', 'dm_wrn_28_10', 87.5, 63.38, '12L8YE6VBgUDKyW6GMSNefSYj2gg4LEKx'],
    ['Gowal2021Improving_R18_ddpm_100m', 'dm_preact18', 87.35, 58.5, '1-0EuCJashqSXEkkd1DOzFA4tH8KL2kim'],
    ['Chen2021LTD_WRN34_10', 'wrn_34_10', 85.21, 56.94, '1-0RoQKYvHLNh7hZ71wJjSit1XtrJQo9D'],
    ['Chen2021LTD_WRN34_20', 'wrn_34_20', 86.03, 57.71, '1-5JmY9rapuGwCUc2nPvy7Rb_sn_dHhFm'],
    ['Standard', 'wrn_28_10', 94.78, 0, '1t98aEuzeTL8P7Kpd5DIrCoCL21BNZUhC'],
    ['Jia2022LAS-AT_34_10', 'wrn_34_10', 84.98, 56.26, '1-3l7xKhIPyes3O4QSz0HU6L-hfOoS0xD'],
    ['Jia2022LAS-AT_70_16', 'wrn_70_16', 85.66, 57.61, '1-4p-Gr0hjl8wq6qvvTza4x4a5Rmu-Bfr'],
    ['Pang2022Robustness_WRN28_10', 'dm_wrn_28_10', 88.61, 61.04, '16ChNkterCp17BXv-xxqpfedb4u2_CjjS'],
    ['Pang2022Robustness_WRN70_16', 'dm_wrn_70_16', 89.01, 63.35, '1uQZYUuUiL9BzaQUeXLhjr_RhoyFRrHe3'],
    ['Addepalli2022Efficient_RN18', 'rb_resnet18', 85.71, 52.48, '1m5vhdzIUUKhDbsZdOG9z76Eyp6f4xe_f'],
    ['Addepalli2022Efficient_WRN_34_10', 'wrn_34_10', 88.71, 57.81, '1--dVDtZhAk4D2zMtTDwIGnImuCGxTcBA'],
    ['Wang2023Better_WRN-28-10', 'dm_wrn_28_10', 92.44, 67.31, '1-6MYKJdECDVGaWjj6GgqvaT95BGKhUvI'],
    ['Wang2023Better_WRN-70-16', 'dm_wrn_70_16', 93.25, 70.69, '1-RF7ZSS-PAh6bfQcuqx4lh9bc9BUGnap'],
    ['Xu2023Exploring_WRN-28-10', 'dm_wrn_28_10', 93.69, 63.89, '1k1uJI13ft0h0dfzuEihVpBvjBXwFRH2o'],
    ['Cui2023Decoupled_WRN-28-10', 'dm_wrn_28_10', 92.16, 67.73, '1-AaTrYt23WJFR22hXgBd-i6kjpsz6Hf2'],
    ['Cui2023Decoupled_WRN-34-10', 'wrn_34_10', 85.31, 57.09, '1-ArD-TugRXUbH3VtM9qnzvby6NvdXNUN'],
    ['Chen2024Data_WRN_34_10', 'wrn_34_10', 86.54, 57.3, '1-AzyMQaoUuwxec6O_Yri5OVtVqnNgR4R'],
    ['Chen2024Data_WRN_34_20', 'wrn_34_20', 86.1, 58.09, '1-IbKAGtp79tAEm59N0i8QMvMZ3nxSD2-'],
    ['Bartoldson2024Adversarial_WRN-94-16', 'dm_wrn_94_16', 93.68, 73.71, '1g6o9H1b6vjoBi1USdCBt64C8B8LPiioX'],
    ['Bartoldson2024Adversarial_WRN-82-8', 'dm_wrn_82_8', 93.11, 71.59, '1--jl8qJh624SFqFffvg1IkYR-fZGA2Sr'],
  ],
  'cifar10 L2': [
    [
      'Augustin2020Adversarial',
      'rb_resnet50',
      91.08,
      72.91,
      '1oDghrzNfkStC2wr5Fq8T896yNV4wVG4d',
      { pixels: 'augustin' },
    ],
    [
      'Engstrom2019Robustness',
      'rb_resnet50',
      90.83,
      69.24,
      '1O8rGa6xOUIRwQ-M4ESrCjzknby8TM2ZE',
      { pixels: 'engstrom' },
    ],
    [
      'Rice2020Overfitting',
      'rb_preactresnet18',
      88.67,
      67.68,
      '1jo-31utiYNBVzLM0NxUEWz0teo3Z0xa7',
      { pixels: 'cifar10', bnBeforeFc: true, outShortcut: true },
    ],
    ['Rony2019Decoupling', 'wrn_28_10', 89.05, 66.44, '1Oua2ZYSxNvoDrtlY9vTtRzyBWHziE4Uy', { pixels: 'rony' }],
    ['Standard', 'wrn_28_10', 94.78, 0, '1t98aEuzeTL8P7Kpd5DIrCoCL21BNZUhC'],
    ['Wu2020Adversarial', 'wrn_34_10', 88.51, 73.66, '1M5AZ0EZQt7d2AlTmsnqZcfx91-x7YEAV'],
    ['Gowal2020Uncovering', 'dm_wrn_70_16', 90.9, 74.5, '1QL4SNvYydjIg1uI3VP9SyNt-2kTXRisG'],
    ['Gowal2020Uncovering_extra', 'dm_wrn_70_16', 94.74, 80.53, '1pkZDCpCBShpAnx92n8PUeNOY1fSiTi0s'],
    ['Sehwag2021Proxy', 'wrn_34_10', 90.93, 77.24, '1UviikNzpltVFsgMuqQ8YhpmvGczGRS4S'],
    ['Sehwag2021Proxy_R18', 'rb_resnet18', 89.76, 74.41, '1zPjjZj9wujBNkAmHHHIikem6_aIjMhXG'],
    ['Rebuffi2021Fixing_70_16_cutmix_ddpm', 'dm_wrn_70_16', 92.41, 80.42, '1-8ECIOYF4JB0ywxJOmhkefnv4TW-KuXp'],
    ['Rebuffi2021Fixing_28_10_cutmix_ddpm', 'dm_wrn_28_10', 91.79, 78.8, '1-DUKcvfDzeWwt0NK7q2XvU-dIi8up8B0'],
    ['Rebuffi2021Fixing_70_16_cutmix_extra', 'dm_wrn_70_16', 95.74, 82.32, '1JX82BDVBNO-Ffa2J37EuB8C-aFCbz708'],
    [
      'Augustin2020Adversarial_34_10',
      'wrn_34_10',
      92.23,
      76.25,
      '1qPsKS546mKcs71IEhzOS-kLpQFSFhaKL',
      { pixels: 'augustin' },
    ],
    [
      'Augustin2020Adversarial_34_10_extra',
      'wrn_34_10',
      93.96,
      78.79,
      '1--1MFZja6C2iVWi9MgetYjnSIenRBLT-',
      { pixels: 'augustin' },
    ],
    ['Rebuffi2021Fixing_R18_cutmix_ddpm', 'dm_preact18', 90.33, 75.86, '1-AlwHsXU28tCOJsf9RKAZxVzbinzzQU3'],
    ['Rade2021Helper_R18_ddpm', 'dm_preact18', 90.57, 76.15, '1VWrStAYy5CrUR18sjcpq_LKLpeqgUaoQ'],
    ['Wang2023Better_WRN-28-10', 'dm_wrn_28_10', 95.16, 83.68, '1-fwKiJXEqHHUngt8wKsNnHuD4vAPvPXC'],
    ['Wang2023Better_WRN-70-16', 'dm_wrn_70_16', 95.54, 84.97, '101UyURyte05tJLA9VFRBN6UDLyn-0sJw'],
  ],
  'cifar10 corruptions': [
    ['Rebuffi2021Fixing_70_16_cutmix_extra_Linf', 'dm_wrn_70_16', 92.23, 82.82, '1qKDTp6IJ1BUXZaRtbYuo_t0tuDl_4mLg'],
    ['Rebuffi2021Fixing_70_16_cutmix_extra_L2', 'dm_wrn_70_16', 95.74, 88.23, '1JX82BDVBNO-Ffa2J37EuB8C-aFCbz708'],
    ['Hendrycks2020AugMix_WRN', 'wrn_40_2', 95.08, 88.82, '1wy7gSRsUZzCzj8QhmTbcnwmES_2kkNph', { pixels: 'symmetric' }],
    [
      'Kireev2021Effectiveness_Gauss50percent',
      'rb_preactresnet18',
      93.24,
      85.04,
      '1zR6lwYLkO3TFSgeqvu_CMYTq_IS-eicQ',
      { pixels: 'cifar10', bnBeforeFc: true, outShortcut: true },
    ],
    [
      'Kireev2021Effectiveness_AugMixNoJSD',
      'rb_preactresnet18',
      94.97,
      86.6,
      '1p_1v1Oa-FSrjHTAq63QX4WtLYETkcbdH',
      { pixels: 'cifar10', bnBeforeFc: true, outShortcut: true },
    ],
    [
      'Kireev2021Effectiveness_RLAT',
      'rb_preactresnet18',
      93.1,
      84.1,
      '16bCDA_5Rhr6qMKHRAO5W-4nu9_10kFyF',
      { pixels: 'cifar10', bnBeforeFc: true, outShortcut: true },
    ],
    [
      'Kireev2021Effectiveness_RLATAugMixNoJSD',
      'rb_preactresnet18',
      94.77,
      88.53,
      '1hgJuvLPSVQMbUczn8qnIphONlJePsWgU',
      { pixels: 'cifar10', bnBeforeFc: true, outShortcut: true },
    ],
    [
      'Kireev2021Effectiveness_RLATAugMix',
      'rb_preactresnet18',
      94.75,
      89.6,
      '19HNTdqJiuNyqFqIarPejniJEjZ3RQ_nj',
      { pixels: 'cifar10', bnBeforeFc: true, outShortcut: true },
    ],
    ['Standard', 'wrn_28_10', 94.78, 73.46, '1t98aEuzeTL8P7Kpd5DIrCoCL21BNZUhC'],
    ['Addepalli2021Towards_WRN34', 'wrn_34_10', 85.32, 76.78, '1-3vgjTNfSq7LSMKuayEQ-jLflAP196dB'],
    ['Addepalli2022Efficient_WRN_34_10', 'wrn_34_10', 88.71, 80.12, '1--dVDtZhAk4D2zMtTDwIGnImuCGxTcBA'],
  ],
  'cifar100 Linf': [
    ['Gowal2020Uncovering', 'dm_wrn_70_16', 60.86, 30.03, '16I86x2Vv_HCRKROC86G4dQKgO3Po5mT3'],
    ['Gowal2020Uncovering_extra', 'dm_wrn_70_16', 69.15, 36.88, '1LQBdwO2b391mg7VKcP6I0HIOpC6O83gn'],
    ['Cui2020Learnable_34_20_LBGAT6', 'wrn_34_20', 62.55, 30.2, '1rN76st8q_32j6Uo8DI5XhcC2cwVhXBwK'],
    ['Cui2020Learnable_34_10_LBGAT0', 'wrn_34_10', 70.25, 27.16, '1RnWbGxN-A-ltsfOvulr68U6i2L8ohAJi'],
    ['Cui2020Learnable_34_10_LBGAT6', 'wrn_34_10', 60.64, 29.33, '1TfIgvW3BAkL8jL9J7AAWFSLW3SSzJ2AE'],
    ['Chen2020Efficient', 'wrn_34_10', 62.15, 26.94, '1JEh95fvsfKireoELoVCBxOi12IPGFDUT', { pixels: 'chen' }],
    ['Wu2020Adversarial', 'wrn_34_10', 60.38, 28.86, '1yWGvHmrgjtd9vOpV5zVDqZmeGhCgVYq7', { pixels: 'cifar100' }],
    ['Sehwag2021Proxy', 'wrn_34_10', 65.93, 31.15, '1ejMNF2O4xkSdrjtZt2UXUeim-y9F7Req'],
    ['Sitawarin2020Improving', 'wrn_34_10', 62.82, 24.57, '1hbpwans776KM1SMbOxISkDx0KR0DW8EN'],
    ['Hendrycks2019Using', 'wrn_28_10', 59.23, 28.42, '1If3tppQsCe5dN8Vbo9ff0tjlKQTTrShd', { pixels: 'symmetric' }],
    [
      'Rice2020Overfitting',
      'rb_preactresnet18',
      53.83,
      18.95,
      '1XXNZn3fZBOkD1aqNL1cvcD8zZDccyAZ6',
      { pixels: 'cifar100', bnBeforeFc: true, outShortcut: true },
    ],
    ['Rebuffi2021Fixing_70_16_cutmix_ddpm', 'dm_wrn_70_16', 63.56, 34.64, '1-GkVLo9QaRjCJl-by67xda1ySVhYxsLV'],
    ['Rebuffi2021Fixing_28_10_cutmix_ddpm', 'dm_wrn_28_10', 62.41, 32.06, '1-P7cs82Tj6UVx7Coin3tVurVKYwXWA9p'],
    ['Rebuffi2021Fixing_R18_ddpm', 'dm_preact18', 56.87, 28.5, '1-Qcph_EXw1SCYhDIl8cwqTQQy0sJKO8N'],
    ['Rade2021Helper_R18_ddpm', 'dm_preact18', 61.5, 28.88, '1-qUvfOjq6x4I8mZynfGtzzCH_nvqS_VQ'],
    [
      'Addepalli2021Towards_PARN18',
      'rb_preactresnet18',
      62.02,
      27.14,
      '1-FwVya1sDvdFXr0_ZBoXEJW9ukGC7hPK',
      { bnBeforeFc: true, outShortcut: true },
    ],
    ['Addepalli2021Towards_WRN34', 'wrn_34_10', 65.73, 30.35, '1-9GAld_105-jWBLXL73btmfOCwAqvz7Y'],
    ['Chen2021LTD_WRN34_10', 'wrn_34_10', 64.07, 30.59, '1-I4NZyULdEWH46b4EaCTxuuRo4eFXsg_'],
    ['Pang2022Robustness_WRN28_10', 'dm_wrn_28_10', 63.66, 31.08, '1VDDM_j5M4b6sZpt1Nnhkr8FER3kjE33M'],
    ['Pang2022Robustness_WRN70_16', 'dm_wrn_70_16', 65.56, 33.05, '1F3kn8KIdBVls8QuTWc3BbB83htkQeVQD'],
    ['Jia2022LAS-AT_34_10', 'wrn_34_10', 64.89, 30.77, '1-338K2PUf5FTwk4cbUUeTNz247GrXaMG'],
    ['Jia2022LAS-AT_34_20', 'wrn_34_20', 67.31, 31.91, '1WhRq01Yl1v8O3skkrGUBuySlptidc5a6'],
    ['Addepalli2022Efficient_RN18', 'rb_resnet18', 65.45, 27.67, '1-2hnxC7lZOQDqQbum4yPbtRtTND86I5N'],
    ['Addepalli2022Efficient_WRN_34_10', 'wrn_34_10', 68.75, 31.85, '1-3c-iniqNfiwGoGPHC3nSostnG6J9fDt'],
    ['Cui2020Learnable_34_10_LBGAT9_eps_8_255', 'wrn_34_10', 62.99, 31.2, '1TrUAN9opXBQa24WCTVtQTY-RkXK_3dmA'],
    ['Wang2023Better_WRN-28-10', 'dm_wrn_28_10', 72.58, 38.77, '1-jOu3wKWyw0XnBCXDGR32xn8Bw9GTJgh'],
    ['Wang2023Better_WRN-70-16', 'dm_wrn_70_16', 75.22, 42.66, '1-yYcT73GP13c0y9HrgtpyB3NAfkGKgjY'],
    ['Cui2023Decoupled_WRN-28-10', 'dm_wrn_28_10', 73.85, 39.18, '15BwWdWbNfoarTEWWugicOVkTjh3nXH36'],
    ['Cui2023Decoupled_WRN-34-10', 'wrn_34_10', 65.76, 31.91, '1whziIioVu5SGI1fBKyc331IfG_1MgenN'],
    ['Cui2023Decoupled_WRN-34-10_autoaug', 'wrn_34_10', 65.93, 32.52, '18hjcLa1V3JTNUOshafLvw1ncxL2gu50M'],
    ['Chen2024Data_WRN_34_10', 'wrn_34_10', 64.32, 31.13, '1-N5a0Z9o-8-oIrF4_EaVFVOOPI5-D-H2'],
  ],
  'cifar100 corruptions': [
    ['Gowal2020Uncovering_Linf', 'dm_wrn_70_16', 60.86, 49.46, '16I86x2Vv_HCRKROC86G4dQKgO3Po5mT3'],
    ['Gowal2020Uncovering_extra_Linf', 'dm_wrn_70_16', 69.15, 56, '1LQBdwO2b391mg7VKcP6I0HIOpC6O83gn'],
    ['Hendrycks2020AugMix_WRN', 'wrn_40_2', 76.28, 64.11, '1XpFFdCdU9LcDtcyNfo6_BV1RZHKKkBVE', { pixels: 'symmetric' }],
    [
      'Addepalli2021Towards_PARN18',
      'rb_preactresnet18',
      62.02,
      51.77,
      '1-FwVya1sDvdFXr0_ZBoXEJW9ukGC7hPK',
      { bnBeforeFc: true, outShortcut: true },
    ],
    ['Addepalli2021Towards_WRN34', 'wrn_34_10', 65.73, 54.88, '1-9GAld_105-jWBLXL73btmfOCwAqvz7Y'],
    ['Addepalli2022Efficient_WRN_34_10', 'wrn_34_10', 68.75, 56.95, '1-3c-iniqNfiwGoGPHC3nSostnG6J9fDt'],
  ],
};

const EPS = { Linf: '8/255', L2: '0.5', corruptions: null } as const;

/** DMWideResNet and DMPreActResNet standardise pixels inside. */
const CIFAR100_INSIDE = { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] } as const;

function factsOf(dataset: 'cifar10' | 'cifar100', threat: Threat, row: Row): PretrainedWeights {
  const [name, network, clean, robust, file, { eps, pixels, ...own } = {}] = row;
  const { mean, std } = pixels === undefined ? { mean: [0, 0, 0], std: [1, 1, 1] } : PIXELS[pixels];
  const inside = network.startsWith('dm_') && dataset === 'cifar100' ? CIFAR100_INSIDE : {};
  const page = `https://drive.google.com/file/d/${file}/view`;
  return {
    build: (options) => buildNetwork(network, { ...own, ...inside, ...options }),
    inputShape: [32, 32, 3],
    classes: dataset === 'cifar10' ? 10 : 100,
    mean,
    std,
    accuracy: clean / 100,
    testSet: `${dataset === 'cifar10' ? 'CIFAR-10' : 'CIFAR-100'} test, 10 000 images`,
    robustness: {
      benchmark: `RobustBench, ${dataset}, ${name}`,
      threat,
      eps: eps ?? EPS[threat],
      accuracy: robust / 100,
    },
    bytes: null,
    urls: [],
    byHand: `download the file in a browser, from ${page}`,
    format: 'torch',
    size: null,
    sha256: null,
    licence: licenceOf(dataset, name),
    source: page,
  };
}

function buildNetwork(name: string, options: ModelOptions & DMResNetOptions & PreActResNetOptions) {
  const family = [cifarResnets, wideResnets, preActResnets, dmResnets].find(
    ({ models, byName }) => Object.hasOwn(models, name) || byName?.(name) !== undefined,
  )!;
  return (family.models[name] ?? family.byName!(name)!)(options);
}

/** What RobustBench's LICENSE says of the weights. */
function licenceOf(dataset: string, name: string): string {
  if (/^(Gowal2020Uncovering|Rebuffi2021Fixing|Gowal2021Improving)/.test(name)) return 'Apache-2.0';
  if (dataset === 'cifar10' && name === 'Hendrycks2019Using') return 'Apache-2.0';
  return name === 'Rony2019Decoupling' ? 'BSD-3-Clause' : 'MIT';
}

/**
 * Weights by name: `wrn_28_10.rb_cifar10_Linf_Standard` is RobustBench's `Standard` of CIFAR-10 and Linf. The networks
 * are those of other families.
 */
export const robustBench: Family = {
  models: {},
  get weights() {
    return Object.fromEntries(
      Object.entries(ROWS).flatMap(([key, rows]) => {
        const [dataset, threat] = key.split(' ') as ['cifar10' | 'cifar100', Threat];
        return rows.map((row) => [`${row[1]}.rb_${dataset}_${threat}_${row[0]}`, factsOf(dataset, threat, row)]);
      }),
    );
  },
};
