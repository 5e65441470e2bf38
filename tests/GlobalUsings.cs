// What most tests use.
global using System.Diagnostics;
global using MolSampling.Flows;
global using MolSampling.Molecular;
global using MolSampling.Molecular.Chemistry;
global using MolSampling.Molecular.Coordinates;
global using MolSampling.Molecular.Formats;
global using MolSampling.Molecular.Topologies;
global using MolSampling.Potentials;
global using MolSampling.Potentials.Torch;
global using MolSampling.Sampling;
global using MolSampling.Tests.Torch;
global using Xunit.Abstractions;
