using System.Buffers;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>
/// A potential energy surface U(x), evaluated for batches of configurations: the one port through which every energy serves every kernel
/// and sampler, the engine's force fields as well as torch functions, OpenMM Systems, programs, sums of these, and -ln p of a target. Its
/// layout is the block: <see cref="BlockWidth"/> walkers side by side, coordinates [D, W], so that one SIMD lane is one walker and a whole
/// trajectory of a block stays in the first-level cache.
/// </summary>
/// <remarks>What every potential keeps to is written once, in the tests' <c>PotentialContract</c>, which a new one joins by a
/// line.</remarks>
public abstract class Potential
{
    /// <summary>For people: "MMFF94s", "OpenMM System", "a + 0.5 b".</summary>
    public abstract string Name { get; }

    /// <summary>Of everything that U depends on: two potentials with one fingerprint are one energy function. Files carry it.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>N, the number of atoms.</summary>
    public abstract int AtomCount { get; }

    /// <summary>D, the number of coordinates: 3N for atoms in space.</summary>
    public virtual int Dimension => 3 * AtomCount;

    /// <summary>[N] Da.</summary>
    public abstract IReadOnlyList<double> Masses { get; }

    /// <summary>W, the number of walkers that one call of <see cref="EvaluateBlock"/> serves; a multiple of four.</summary>
    public abstract int BlockWidth { get; }

    /// <summary>How it is best called.</summary>
    public virtual Parallelism Parallelism => Parallelism.ManyBlocks;

    /// <summary>Whether U is unchanged when all atoms move together.</summary>
    public abstract bool IsTranslationInvariant { get; }

    /// <summary>Where exp(-beta U) is not zero; null for everywhere. Kernels that accept or reject keep to it.</summary>
    public virtual ISupport? Support => null;

    /// <summary>Distances that are held: the law is exp(-beta U) on their surface. Null for none; kernels that cannot keep to them refuse
    /// (<c>Kernel.ThrowIfUnfit</c>).</summary>
    public virtual IConstraints? Constraints => null;

    /// <summary>The periodic box; null for open space.</summary>
    public virtual PeriodicBox? Box => null;

    /// <summary>The same potential where each walker has a box of its own size; null where there is no such thing.</summary>
    public virtual IVariableBox? VariableBox => null;

    /// <summary>Whether <see cref="EvaluateScaledBlock"/> heeds the scales.</summary>
    public virtual bool IsScaled => false;

    /// <summary>The same energy on a support.</summary>
    /// <param name="support">Null for everywhere.</param>
    public Potential On(ISupport? support) => support is null ? this : new SupportedPotential(this, support);

    /// <summary>Energies and forces of one block. Safe to call from several threads on different blocks. A walker's numbers depend on its
    /// own coordinates alone.</summary>
    /// <param name="positions">[D, W] nm.</param>
    /// <param name="forces">[D, W] kJ/mol/nm, overwritten.</param>
    /// <param name="energies">[W] kJ/mol, overwritten; NaN where U has no value, never another walker's fault.</param>
    public abstract void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies);

    /// <summary>
    /// Energies and forces of one block whose walkers weigh a part of the potential differently, U = U_0 + lambda U_1: see
    /// <see cref="ScaledPotential"/>. A potential without such a part ignores the scales.
    /// </summary>
    /// <param name="positions">[D, W] nm.</param>
    /// <param name="scales">[W] lambda.</param>
    /// <param name="forces">[D, W] kJ/mol/nm, overwritten.</param>
    /// <param name="energies">[W] U_0 + lambda U_1, kJ/mol, overwritten.</param>
    /// <param name="scaledEnergies">[W] U_1, kJ/mol, overwritten.</param>
    public virtual void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
        Span<double> energies, Span<double> scaledEnergies)
    {
        scaledEnergies.Clear();
        EvaluateBlock(positions, forces, energies);
    }

    /// <summary>As <see cref="EvaluateScaledBlock"/> where only the forces are read: energies may be left at anything. For potentials that
    /// save by it; the forces are the same to the bit.</summary>
    /// <param name="positions">[D, W] nm.</param>
    /// <param name="scales">[W] lambda.</param>
    /// <param name="forces">[D, W] kJ/mol/nm, overwritten.</param>
    /// <param name="energies">[W] work space.</param>
    /// <param name="scaledEnergies">[W] work space.</param>
    public virtual void EvaluateForces(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
        Span<double> energies, Span<double> scaledEnergies) =>
        EvaluateScaledBlock(positions, scales, forces, energies, scaledEnergies);

    /// <summary>As <see cref="EvaluateBlock"/>, but adds a multiple to the forces and energies that are there.</summary>
    /// <param name="factor">Of energies and forces.</param>
    /// <param name="positions">[D, W] nm.</param>
    /// <param name="forces">[D, W] kJ/mol/nm.</param>
    /// <param name="energies">[W] kJ/mol.</param>
    internal virtual void AddBlock(double factor, ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        float[] own = ArrayPool<float>.Shared.Rent(forces.Length);
        double[] u = ArrayPool<double>.Shared.Rent(energies.Length);
        EvaluateBlock(positions, own.AsSpan(0, forces.Length), u.AsSpan(0, energies.Length));
        for (int k = 0; k < forces.Length; k++)
            forces[k] += (float)factor * own[k];
        for (int lane = 0; lane < energies.Length; lane++)
            energies[lane] += factor * u[lane];
        ArrayPool<float>.Shared.Return(own);
        ArrayPool<double>.Shared.Return(u);
    }

    /// <summary>Energy and forces of one configuration in double precision: the reference for everything else.</summary>
    /// <param name="positions">[D] nm.</param>
    /// <param name="forces">[D] kJ/mol/nm, overwritten.</param>
    /// <returns>kJ/mol.</returns>
    public abstract double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces);

    /// <summary>Energies and forces of a batch of any size.</summary>
    /// <param name="positions">[B, D] nm.</param>
    /// <param name="energies">[B] kJ/mol; NaN and infinities are returned as they are.</param>
    /// <param name="forces">[B, D] kJ/mol/nm.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="cancellation">Between two blocks.</param>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was written is to be thrown away.</exception>
    public void Evaluate(ReadOnlySpan<float> positions, Span<double> energies, Span<float> forces, int threads = 0,
        CancellationToken cancellation = default)
    {
        int batch = energies.Length, size = Dimension;
        if (positions.Length != batch * size || forces.Length != batch * size)
            throw new ArgumentException($"{batch} energies of {AtomCount} atoms need {batch * size} coordinates and forces, not {positions.Length} and {forces.Length}.");
        BatchEvaluation.Run(this, positions, energies, forces, threads, cancellation: cancellation);
    }

    /// <summary>How many blocks a sampler evaluates at once.</summary>
    /// <param name="threads">That it may use; 0 for all cores.</param>
    public int ThreadsFor(int threads) => Parallelism == Parallelism.OneBlock ? 1 : threads > 0 ? threads : Environment.ProcessorCount;
}
