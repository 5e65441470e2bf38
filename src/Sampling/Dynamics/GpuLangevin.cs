using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using MolSampling.Potentials.Gpu;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Sampling.Dynamics;

/// <summary>What all walkers of a launch share.</summary>
/// <param name="size">3N.</param>
/// <param name="scratch">Numbers of work space.</param>
/// <param name="steps">Integration steps; 0 evaluates only.</param>
/// <param name="centred">1 to move the centroid to the origin at the end.</param>
/// <param name="key">Of the noise's stream.</param>
/// <param name="firstWalker">Number of the walker in thread 0.</param>
/// <param name="firstStep">Steps done before.</param>
/// <param name="stepSize">h, ps.</param>
/// <param name="decay">e^(-gamma h).</param>
/// <param name="fluctuation">sqrt(1 - e^(-2 gamma h)).</param>
internal readonly struct LangevinSettings(int size, int scratch, int steps, int centred, ulong key, long firstWalker, long firstStep,
    float stepSize, float decay, float fluctuation)
{
    public readonly int Size = size, Scratch = scratch, Steps = steps, Centred = centred;
    public readonly ulong Key = key;
    public readonly long FirstWalker = firstWalker, FirstStep = firstStep;
    public readonly float StepSize = stepSize, Decay = decay, Fluctuation = fluctuation;
}

/// <summary>
/// A whole trajectory in one launch, a walker a thread: the scheme of <see cref="LangevinDynamics"/> with the same random numbers, so that
/// a GPU's trajectory is that of the lanes up to rounding. Nothing but positions, velocities and the energy leaves the thread's own memory.
/// </summary>
internal abstract class GpuLangevin
{
    /// <summary>The kernel for a force field.</summary>
    public static GpuLangevin Create(Accelerator accelerator, DeviceTables tables) =>
        (GpuLangevin)Activator.CreateInstance(typeof(Launcher<,>).MakeGenericType(tables.Chain.GetType(),
            EnergyKernel.Memory(tables.AtomCount, tables.ScratchNumbers, tables.EnergyCount)), accelerator, tables)!;

    /// <summary>Starts it.</summary>
    /// <param name="walkers">B.</param>
    /// <param name="settings">Shared by all.</param>
    /// <param name="inverseMasses">[N] 1/Da.</param>
    /// <param name="thermalEnergies">[B] kT, kJ/mol.</param>
    /// <param name="positions">[B, 3N] nm.</param>
    /// <param name="velocities">[B, 3N] nm/ps.</param>
    /// <param name="energies">[B] kJ/mol, of the positions at the end.</param>
    public abstract void Launch(int walkers, LangevinSettings settings, ArrayView<float> inverseMasses, ArrayView<float> thermalEnergies,
        ArrayView<float> positions, ArrayView<float> velocities, ArrayView<double> energies);

    /// <summary>The kernel.</summary>
    public static unsafe void Run<TTables, TMemory>(Index1D thread, TTables tables, LangevinSettings settings,
        ArrayView<float> inverseMasses, ArrayView<float> thermalEnergies,
        ArrayView<float> positions, ArrayView<float> velocities, ArrayView<double> energies)
        where TTables : struct, ITableChain where TMemory : struct, ITypeNumber
    {
        ArrayView<Single32> memory = LocalMemory.Allocate<Single32>(TMemory.Value);
        fixed (Single32* own = &memory[0])
        {
            var walker = new Walker(own, settings.Size, settings.Scratch);
            walker.Load(positions, thread, walker.Positions);
            walker.Load(velocities, thread, walker.Velocities);
            double energy = walker.Evaluate(tables);
            float thermalEnergy = thermalEnergies[thread];
            ulong counter = (ulong)(settings.FirstWalker + thread) << 20;
            int quads = (settings.Size + 3) / 4;
            for (int n = 0; n < settings.Steps; n++)
            {
                for (int quad = 0; quad < quads; quad++)
                {
                    (uint a, uint b, uint c, uint d) = Philox.Words(settings.Key, counter | (uint)quad, (ulong)(settings.FirstStep + n));
                    Philox.NormalPair(new Single32(Philox.Radius(a)), new Single32(Philox.Turn(b)), out Single32 first, out Single32 third);
                    Philox.NormalPair(new Single32(Philox.Radius(c)), new Single32(Philox.Turn(d)), out Single32 second,
                        out Single32 fourth);
                    Move(walker, settings, inverseMasses, thermalEnergy, 2 * quad, first);
                    Move(walker, settings, inverseMasses, thermalEnergy, 2 * quad + 1, second);
                    Move(walker, settings, inverseMasses, thermalEnergy, 2 * (quads + quad), third);
                    Move(walker, settings, inverseMasses, thermalEnergy, 2 * (quads + quad) + 1, fourth);
                }
                energy = walker.Evaluate(tables);
            }
            if (settings.Centred != 0)
            {
                Centre(walker, settings.Size);
                energy = walker.Evaluate(tables);
            }
            energies[thread] = energy;
            walker.Store(memory, 0, positions, thread);
            walker.Store(memory, 2, velocities, thread);
        }
    }

    /// <summary>Kick, half drift, Ornstein-Uhlenbeck, half drift of one coordinate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Move(Walker walker, LangevinSettings settings, ArrayView<float> inverseMasses, float thermalEnergy, int k,
        Single32 noise)
    {
        if (k >= settings.Size)
            return;
        float inverseMass = inverseMasses[k / 3], speed = IntrinsicMath.CPUOnly.Sqrt(thermalEnergy * inverseMass),
            half = 0.5f * settings.StepSize;
        float v = walker.Velocities[k].Value + walker.Forces[k].Value * (inverseMass * settings.StepSize);
        float x = walker.Positions[k].Value + v * half;
        v = v * settings.Decay + noise.Value * settings.Fluctuation * speed;
        walker.Velocities[k] = new(v);
        walker.Positions[k] = new(x + v * half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Centre(Walker walker, int size)
    {
        for (int component = 0; component < 3; component++)
        {
            double sum = 0;
            for (int k = component; k < size; k += 3)
                sum += walker.Positions[k].Value;
            float mean = (float)(3 * sum / size);
            for (int k = component; k < size; k += 3)
                walker.Positions[k] = new(walker.Positions[k].Value - mean);
        }
    }

    private sealed class Launcher<TTables, TMemory>(Accelerator accelerator, DeviceTables tables) : GpuLangevin where TTables : struct,
        ITableChain where TMemory : struct, ITypeNumber
    {
        private readonly Action<Index1D, TTables, LangevinSettings, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
            ArrayView<double>> _kernel =
            accelerator.LoadAutoGroupedStreamKernel<Index1D, TTables, LangevinSettings, ArrayView<float>, ArrayView<float>,
                ArrayView<float>, ArrayView<float>, ArrayView<double>>(Run<TTables, TMemory>);

        public override void Launch(int walkers, LangevinSettings settings, ArrayView<float> inverseMasses,
            ArrayView<float> thermalEnergies,
            ArrayView<float> positions, ArrayView<float> velocities, ArrayView<double> energies) =>
            _kernel(walkers, (TTables)tables.Chain, settings, inverseMasses, thermalEnergies, positions, velocities, energies);
    }
}
