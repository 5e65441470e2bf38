using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Torch;

/// <summary>The engine's energies and forces through torch's autograd, to the bit where torch only carries them.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class EnergyFunctionTests
{
    private const int Batch = 37; // no multiple of any lane count

    private static readonly ForceFieldPotential s_peptide = Peptide(out s_positions);
    private static readonly float[] s_positions; // [Batch, N, 3] nm

    private static int Size => 3 * s_peptide.AtomCount;

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Value_and_gradient_are_the_engine_s_to_the_bit_also_the_second_time(ScalarType type)
    {
        (double[] energies, float[] forces) = Engine(s_positions);
        using DisposeScope scope = NewScope();
        Tensor x = Positions(s_positions).to(type).requires_grad_(true);
        for (int n = 0; n < 2; n++)
        {
            Tensor u = s_peptide.Energy(x);
            Assert.True(u.requires_grad);
            Assert.Equal(ScalarType.Float64, u.dtype);
            Assert.Equal(energies, u.data<double>().ToArray());
            u.sum().backward();
            Assert.Equal(type, x.grad!.dtype);
            Assert.Equal(forces.Select(f => -f), Floats(x.grad!));
            x.grad!.zero_();
        }
    }

    [Fact]
    public void The_gradient_follows_the_chain_rule_on_both_sides()
    {
        (double[] energies, float[] forces) = Engine(s_positions);
        using DisposeScope scope = NewScope();
        Tensor half = (Positions(s_positions) / 2).requires_grad_(true), weights = arange(Batch, dtype: ScalarType.Float64);
        Tensor y = (s_peptide.Energy(half * 2).square() * weights).sum(); // half * 2 is exact
        float[] gradient = Floats(autograd.grad([y], [half])[0]);
        for (int k = 0; k < gradient.Length; k++)
        {
            double expected = -2 * forces[k] * 2 * energies[k / Size] * (k / Size);
            Assert.Equal(expected, gradient[k], 1e-6 * Math.Abs(expected));
        }
        Assert.Contains(gradient, g => g != 0);
    }

    [Fact]
    public void One_graph_gives_its_gradient_twice_and_two_graphs_do_not_share_memory()
    {
        (double[] energies, float[] forces) = Engine(s_positions);
        float[] moved = [.. s_positions.Select((v, k) => v + 0.001f * MathF.Sin(k))];
        using DisposeScope scope = NewScope();
        Tensor x = Positions(s_positions).requires_grad_(true), y = Positions(moved).requires_grad_(true);
        Tensor first = s_peptide.Energy(x), second = s_peptide.Energy(y);
        Assert.Equal(forces.Select(f => -f), Floats(autograd.grad([first.sum()], [x], retain_graph: true)[0]));
        Assert.Equal(Engine(moved).Forces.Select(f => -f), Floats(autograd.grad([second.sum()], [y])[0]));
        Assert.Equal(forces.Select(f => -f), Floats(autograd.grad([first.sum()], [x])[0]));
        Assert.Equal(energies, first.data<double>().ToArray());
        using (no_grad())
            y.copy_(x); // y's energy was computed at its old place, and stays
        Assert.NotEqual(energies, second.data<double>().ToArray());
    }

    [Fact]
    public void Without_a_gradient_there_is_no_graph()
    {
        (double[] energies, _) = Engine(s_positions);
        using DisposeScope scope = NewScope();
        Tensor x = Positions(s_positions), plain = s_peptide.Energy(x);
        Assert.False(plain.requires_grad);
        Assert.Equal(energies, plain.data<double>().ToArray());
        using (no_grad())
            Assert.False(s_peptide.Energy(x.requires_grad_(true)).requires_grad);
    }

    [Fact]
    public void Views_of_any_stride_and_offset_are_read_as_what_they_show()
    {
        (double[] energies, float[] forces) = Engine(s_positions);
        float[] expected = [.. forces.Select(f => -f)];
        using DisposeScope scope = NewScope();
        Tensor x = Positions(s_positions);
        void Check(Tensor leaf, Func<Tensor, Tensor> view, IEnumerable<double> values, IEnumerable<float> gradient)
        {
            Tensor shown = view(leaf.requires_grad_(true)), u = s_peptide.Energy(shown);
            Assert.Equal(values, u.data<double>().ToArray());
            Assert.Equal(gradient, Floats(view(autograd.grad([u.sum()], [leaf])[0])));
        }
        Check(x.permute(2, 1, 0).contiguous(), t => t.permute(2, 1, 0), energies, expected); // transposed
        Check(x.permute(1, 2, 0).contiguous(), t => t.permute(2, 0, 1), energies, expected); // the engine's own order
        Check(cat([x, zeros_like(x)], 2), t => t.narrow(2, 0, 3), energies, expected); // strided
        // contiguous, not at the storage's start
        Check(cat([zeros_like(x).narrow(0, 0, 3), x], 0), t => t.narrow(0, 3, Batch), energies, expected);
        // one walker seen four times
        Check(x.narrow(0, 5, 1).clone(), t => t.expand(4, -1, -1), Enumerable.Repeat(energies[5], 4),
            Enumerable.Repeat(expected[(5 * Size)..(6 * Size)].Select(g => 4 * g), 4).SelectMany(g => g));
    }

    [Fact]
    public void A_broken_walker_keeps_its_energy_and_spoils_no_other()
    {
        float[] broken = [.. s_positions];
        broken[3 * Size + 7] = float.NaN;
        broken[9 * Size] = float.PositiveInfinity;
        broken.AsSpan(20 * Size, 6).Clear(); // two atoms in one place
        (double[] energies, float[] forces) = Engine(broken);
        Assert.True(double.IsNaN(energies[3]) && !double.IsFinite(energies[9]) && !double.IsFinite(energies[20]),
            $"{energies[3]} {energies[9]} {energies[20]}");
        Assert.Contains(forces, f => !float.IsFinite(f));
        using DisposeScope scope = NewScope();
        Tensor x = Positions(broken).requires_grad_(true), u = s_peptide.Energy(x);
        Assert.Equal(energies, u.data<double>().ToArray());
        u.sum().backward();
        Assert.Equal(forces.Select(f => float.IsFinite(f) ? -f : 0), Floats(x.grad!));
    }

    [Fact]
    public void What_the_engine_cannot_read_is_refused()
    {
        using DisposeScope scope = NewScope();
        Tensor x = Positions(s_positions);
        foreach (Tensor wrong in new[] { x.to(ScalarType.Float16), x.to(ScalarType.Int64), x.reshape(Batch, -1), x.narrow(1, 0, 5),
            x.narrow(2, 0, 2), zeros(1, device: "meta").expand(2, s_peptide.AtomCount, 3),
            zeros(1).expand(10_000_000, s_peptide.AtomCount, 3) })
            Assert.Throws<ArgumentException>(() => s_peptide.Energy(wrong));
        Tensor none = s_peptide.Energy(x.narrow(0, 0, 0).requires_grad_(true));
        Assert.Equal([0L], none.shape);
        none.sum().backward();
    }

    [Fact]
    public void An_error_in_the_backward_pass_is_an_exception()
    {
        using DisposeScope scope = NewScope();
        Tensor x = Positions(s_positions).requires_grad_(true), y = s_peptide.Energy(x).sum();
        y.backward();
        Assert.ThrowsAny<Exception>(() => y.backward()); // its graph is gone
    }

    [Fact]
    public void Many_steps_keep_no_tensor_and_no_memory()
    {
        using DisposeScope outer = NewScope();
        Tensor x = Positions(s_positions).repeat(20, 1, 1).requires_grad_(true); // 0.2 MB
        void Steps(int count)
        {
            for (int n = 0; n < count; n++)
            {
                using DisposeScope scope = NewDisposeScope();
                s_peptide.Energy(x).sum().backward();
                x.grad!.zero_();
                using (no_grad())
                    s_peptide.Energy(x);
            }
        }
        Steps(100);
        long tensors = Tensor.TotalCount, memory = Environment.WorkingSet;
        Steps(500);
        Assert.Equal(tensors, Tensor.TotalCount);
        // one tensor kept a step would be 98 MB
        Assert.True(Environment.WorkingSet - memory < 60 << 20, $"{(Environment.WorkingSet - memory) >> 20} MB");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 16)]
    [InlineData(2, 3)]
    [InlineData(2, 8)]
    [InlineData(3, 4)]
    [InlineData(5, 6)]
    [InlineData(22, 16)]
    public void Batches_of_every_size_pass_through_blocks_of_every_width_unchanged(int atoms, int width)
    {
        var probe = new Probe(atoms, width);
        int size = 3 * atoms;
        for (int batch = 0; batch <= 2 * width + 5; batch++)
            foreach (bool gradient in new[] { false, true })
            {
                float[] x = [.. Enumerable.Range(0, batch * size).Select(k => k % 7 == 3 ? float.NaN : k % 11 == 5 ? float.NegativeInfinity
                    : k + 1)], f = new float[x.Length + 1];
                double[] u = new double[batch + 1];
                (f[^1], u[^1]) = (-7, -7); // one past the end
                BatchEvaluation.Run(probe, x, u.AsSpan(0, batch), f.AsSpan(0, x.Length), 1, gradient);
                Assert.Equal(x.Select(v => !gradient ? 3 * v : float.IsFinite(v) ? -3 * v : 0).Append(-7), f);
                Assert.Equal(Enumerable.Range(0, batch).Select(b => 2.0 * x[b * size]).Append(-7), u);
            }
    }

    /// <summary>Forces 3 x and energy 2 x_0: what went in comes out, if every number found its place.</summary>
    private sealed class Probe(int atoms, int width) : Potential
    {
        public override int AtomCount => atoms;

        public override IReadOnlyList<double> Masses { get; } = new double[atoms];

        public override int BlockWidth => width;

        public override string Name => "probe";

        public override string Fingerprint => "probe";

        public override bool IsTranslationInvariant => false;

        public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
        {
            Assert.Equal((3 * atoms * width, forces.Length, width), (positions.Length, 3 * atoms * width, energies.Length));
            for (int k = 0; k < forces.Length; k++)
                forces[k] = 3 * positions[k];
            for (int w = 0; w < width; w++)
                energies[w] = 2.0 * positions[w];
        }

        public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => throw new NotSupportedException();
    }

    private static (double[] Energies, float[] Forces) Engine(float[] positions)
    {
        double[] energies = new double[positions.Length / Size];
        float[] forces = new float[positions.Length];
        s_peptide.Evaluate(positions, energies, forces);
        return (energies, forces);
    }

    private static DisposeScope NewScope()
    {
        TorchRuntime.EnsureLoaded();
        return NewDisposeScope();
    }

    private static Tensor Positions(float[] positions) => tensor(positions, [positions.Length / Size, s_peptide.AtomCount, 3]);

    private static float[] Floats(Tensor t) => [.. t.detach().to(ScalarType.Float32).contiguous().data<float>()];

    private static ForceFieldPotential Peptide(out float[] positions)
    {
        Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
        positions = [.. Enumerable.Range(0, Batch).SelectMany(b =>
            peptide.Positions.Select((x, k) => (float)(x + 0.004 * Math.Sin(k * 7.1 + b))))];
        ClassicalSystem system = ForceField.Load("ff14SB", "obc2").Parameterize(peptide.Topology);
        return new(system.ToEngine());
    }
}
