using MolSampling.Flows.Targets;
using MolSampling.Jobs.Generators;
using MolSampling.Sampling.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Jobs.Generators;

/// <summary>Distances of a flow's samples from samples of the target: what they are of, and that a missed mode shows.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class SampleComparisonTests(ITestOutputHelper output)
{
    static SampleComparisonTests() => TorchRuntime.EnsureLoaded();

    private static TrainedFlow Shipped(string name) => TrainedFlow.Open(Path.Combine(SharedData.Checkout, "data", "flows", name));

    private static Observables Observe(Target target, Tensor x)
    {
        var observed = new Observables(target);
        observed.Add(x, target.LogDensity(x));
        return observed;
    }

    /// <summary>A flow that never draws what <paramref name="keep"/> refuses: its density is the flow's elsewhere, up to the
    /// norm.</summary>
    private static SampleComparison Compare(TrainedFlow trained, FlowSamples drawn, Tensor keep, Observables reference,
        out ImportanceWeights weights)
    {
        Tensor rows = keep.nonzero().squeeze(1), x = drawn.X.index_select(0, rows);
        weights = new([.. (trained.Target.LogDensity(x) - drawn.LogDensity.index_select(0, rows)).data<double>()]);
        return SampleComparison.Of(Observe(trained.Target, x), weights, reference, new RandomSource(8));
    }

    [Fact]
    public void A_flow_without_one_basin_of_alanine_dipeptide_is_far_in_every_torsional_figure_and_the_whole_one_is_not()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        using TrainedFlow trained = Shipped("aldp-ff96-obc1");
        Observables reference = Observe(trained.Target, trained.Held!);
        FlowSamples drawn = trained.Flow.Sample(16_000, new RandomSource(7));
        Tensor psi = BackboneAngles.Of(trained.Target)!.Angles(drawn.X).select(1, 1), sheet = (psi > 1) | (psi < -2),
            everything = ones_like(sheet);
        SampleComparison whole = Compare(trained, drawn, everything, reference, out ImportanceWeights honest),
            half = Compare(trained, drawn, sheet, reference, out ImportanceWeights blind);
        double missed = reference.Ramachandran(0, Enumerable.Range(0, reference.Count)).Where((a, k) => k % 2 == 1
            && a is > -2 and < 1).Count() / (double)reference.Count;
        output.WriteLine($"missed {missed:f3}; ESS {honest.EffectiveFraction:f3}, {blind.EffectiveFraction:f3}\n{whole.Ramachandran[0]} {whole.TorusW2}\n{half.Ramachandran[0]} {half.TorusW2}");
        Assert.True(missed > 0.05);
        Assert.True(blind.EffectiveFraction > 0.8 * honest.EffectiveFraction); // the flow's own weights see nothing
        RamachandranComparison good = Assert.Single(whole.Ramachandran), bad = Assert.Single(half.Ramachandran);
        Assert.Equal("ALA 2", good.Residue);
        foreach (Func<RamachandranComparison, ComparedDistance> figure in new Func<RamachandranComparison,
            ComparedDistance>[] { r => r.TotalVariation64, r => r.TotalVariation100 })
        {
            // one point a bin of the reference: noise of 0.2 to 0.3, known to some per cent, hides most of what is missed
            Assert.InRange(figure(good).Raw / figure(good).RawNoise, 0.9, 1.08);
            Assert.InRange(figure(good).Reweighted / figure(good).ReweightedNoise, 0.9, 1.1);
            Assert.True(figure(bad).Raw > 1.1 * figure(bad).RawNoise && figure(bad).Reweighted > 1.1 * figure(bad).ReweightedNoise);
        }
        foreach (Func<RamachandranComparison, ComparedDistance> figure in new Func<RamachandranComparison,
            ComparedDistance>[] { r => r.KullbackLeibler64, r => r.KullbackLeibler100 })
            // a missed cell of share p costs p ln(p/1e-10), some 15 p
            Assert.True(figure(bad).Raw > figure(good).Raw + 10 * missed && figure(bad).Reweighted > figure(good).Reweighted + 10 * missed);
        Assert.InRange(whole.TorusW2!.Raw, 0, 1.1 * whole.TorusW2.RawNoise);
        // points of the missed basin turn by more than a radian
        Assert.True(half.TorusW2!.Raw > 1.1 * whole.TorusW2.Raw && half.TorusW2.Reweighted > 1.05 * whole.TorusW2.Reweighted);
        Assert.Equal((2048, 16_000, reference.Count), (whole.TorsionPoints, whole.Compared, whole.Reference));
    }

    [Fact]
    public void A_flow_without_one_of_two_wells_is_far_in_energy_and_reweighting_does_not_mend_it()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        using TrainedFlow trained = Shipped("manywell-32");
        Observables reference = Observe(trained.Target, trained.Target.Sample(20_000, new RandomSource(3))!.to(ScalarType.Float32));
        FlowSamples drawn = trained.Flow.Sample(40_000, new RandomSource(4));
        Tensor right = drawn.X.narrow(1, 0, 1) > 0;
        for (int k = 1; k < 4; k++)
            right = right & (drawn.X.narrow(1, 2 * k, 1) > 0);
        right = right.squeeze(1);
        ComparedDistance whole = Compare(trained, drawn, ones_like(right), reference, out ImportanceWeights honest).EnergyW2,
            crippled = Compare(trained, drawn, right, reference, out ImportanceWeights blind).EnergyW2;
        output.WriteLine($"{whole}; {crippled}; ESS {honest.EffectiveFraction:f3}, {blind.EffectiveFraction:f3}");
        Assert.True(blind.EffectiveFraction > 0.9);
        Assert.True(whole.Reweighted < 2 * whole.ReweightedNoise);
        Assert.True(crippled.Reweighted > 4 * crippled.ReweightedNoise);
    }

    [Fact]
    public void Energies_are_U_over_kT_and_angles_those_of_positions()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        TargetMolecule system = MolecularTargets.System("tetrapeptide");
        InternalCoordinateTarget target = system.Target();
        Tensor q = tensor(target.ReferencePoint.ToArray(), [1, target.Dimension]) + 0.01 * arange(3,
            dtype: ScalarType.Float64).unsqueeze(1);
        Tensor x = target.ToCartesian(q);
        Observables observed = Observe(target, q);
        double[] energies = [.. (-target.Cartesian.LogDensity(x.reshape(3, -1))).data<double>()];
        float[] positions = [.. x.to(ScalarType.Float32).data<float>()];
        int[] phi = Backbone("C", "N", "CA", "C"), psi = Backbone("N", "CA", "C", "N");
        Assert.Equal(["ALA 2", "ALA 3", "ALA 4"], observed.Residues);
        for (int s = 0; s < 3; s++)
        {
            Assert.Equal(energies[s], observed.Energies[s], 1e-6 * Math.Abs(energies[s]));
            ReadOnlySpan<float> row = positions.AsSpan(s * 3 * system.Topology.Atoms.Count, 3 * system.Topology.Atoms.Count);
            double[] angles = observed.Ramachandran(1, [s]);
            Assert.Equal(Dihedral.Angle(row, phi[0], phi[1], phi[2], phi[3]), angles[0], 1e-5);
            Assert.Equal(Dihedral.Angle(row, psi[0], psi[1], psi[2], psi[3]), angles[1], 1e-5);
        }
        Assert.Equal(target.Domain.Count(a => a.Kind == AxisKind.Circle), observed.TorsionCount);

        // of the second alanine: its own atoms, and the carbonyl before or the nitrogen behind
        int[] Backbone(params string[] names)
        {
            int[] residues = names[0] == "C" ? [1, 2, 2, 2] : [2, 2, 2, 3];
            return [.. names.Select((name, k) => Enumerable.Range(0, system.Topology.Atoms.Count).First(a =>
                system.Topology.Atoms[a].ResidueIndex == residues[k] && system.Topology.Atoms[a].Name == name))];
        }
    }

    [Fact]
    public void Samples_without_a_finite_energy_are_left_out_and_weights_are_repetitions()
    {
        using DisposeScope scope = NewDisposeScope();
        var target = new ManyWell(2);
        Tensor x = tensor([1.7, 0, -1.7, 0, 0.5, 0.5, double.NaN, 0], [4, 2]);
        Observables flow = Observe(target, x), reference = Observe(target, x.narrow(0, 0, 3));
        SampleComparison compared = SampleComparison.Of(flow, new([0, 0, Math.Log(2), double.NegativeInfinity]), reference,
            new RandomSource(1));
        Assert.Equal((3, 3, 0), (compared.Compared, compared.Reference, compared.TorsionPoints));
        Assert.Null(compared.TorusW2);
        Assert.Empty(compared.Ramachandran);
        Assert.Equal(0, compared.EnergyW2.Raw);
        var u = reference.Energies.ToArray();
        Assert.Equal(LineWasserstein.Distance(new([u[0], u[1], u[2], u[2]]), new(u)), compared.EnergyW2.Reweighted, 1e-12);
    }
}
