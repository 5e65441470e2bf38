using MolSampling.Molecular;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Tests.ForceFields;

public sealed class AmberTests
{
    private static (AmberPrmtop Prmtop, double[] Positions) Alanine() => (
        AmberPrmtop.Read(SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop")),
        AmberCoordinates.Read(SharedData.Require("alanine-dipeptide/alanine-dipeptide.crd")));

    [SkippableTheory]
    [InlineData(null)]
    [InlineData(BornModel.Obc1)]
    [InlineData(BornModel.Obc2)]
    public void Alanine_dipeptide_agrees_with_OpenMM_term_by_term(BornModel? model)
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        (AmberPrmtop prmtop, double[] x) = Alanine();
        ClassicalSystem system = model is { } solvent ? prmtop.WithImplicitSolvent(solvent) : prmtop.System;
        foreach (OpenMMParity.Row row in OpenMMParity.Compare(system, OpenMMParity.Thermal(x)))
        {
            Assert.True(row.EnergyError < 1e-6 && row.ForceError < 1e-6, row.ToString());
            Assert.True(row.LaneEnergyError < 1e-5 && row.LaneForceError < 1e-5, row.ToString());
        }
    }
}
