using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>
/// Pressure of configurations in a periodic box whose M molecules move as wholes: p = M kT/V - dU/dV, its mean over configurations. Held
/// distances do not matter, since no molecule changes its shape. The slope is a difference of energies in a box a little larger and one a
/// little smaller, in lanes: of order 1e-3 of the edge each way, so that rounding (0.01 kJ/mol of a thousand waters' energy) is a tenth of
/// what pressures of single configurations scatter.
/// </summary>
public sealed class MolecularPressure
{
    /// <summary>bar, of 1 kJ/mol/nm^3.</summary>
    public const double Bar = 16.605390671738466;

    private const double Stretch = 1e-3;

    private readonly ForceFieldPotential _larger, _smaller;
    private readonly IReadOnlyList<double> _masses;
    private readonly IReadOnlyList<int> _molecules;
    private readonly double _volume;

    /// <summary>Makes both boxes.</summary>
    /// <param name="system">In a rectangular box.</param>
    /// <param name="engine">Its energy: <c>s =&gt; s.ToEngine()</c>, or an alchemical one.</param>
    /// <exception cref="ArgumentException">No box, or a cut-off of more than half the smaller one.</exception>
    public MolecularPressure(ClassicalSystem system, Func<ClassicalSystem, SystemParameters> engine)
    {
        RectangularBox box = system.Reach.Box ?? throw new ArgumentException("Without a box there is no pressure.");
        _volume = box.X * box.Y * box.Z;
        (_larger, _smaller) = (Scaled(1 + Stretch), Scaled(1 - Stretch));
        (_masses, _molecules) = (system.Masses, _larger.Box!.Molecules);

        ForceFieldPotential Scaled(double s) => new(engine(system with { Reach = system.Reach with { Box = new(s * box.X, s * box.Y,
            s * box.Z) } }));
    }

    /// <summary>Of some configurations; the mean over many is the pressure.</summary>
    /// <param name="configurations">[n][D] nm, molecules whole.</param>
    /// <param name="scales">[n] of the coupling, where the energy has one.</param>
    /// <param name="temperature">K.</param>
    /// <returns>[n] kJ/mol/nm^3.</returns>
    public double[] Of(IReadOnlyList<double[]> configurations, IReadOnlyList<double> scales, double temperature)
    {
        int width = _larger.BlockWidth, rows = 3 * _masses.Count;
        double[] pressures = new double[configurations.Count];
        double change = _volume * (Math.Pow(1 + Stretch, 3) - Math.Pow(1 - Stretch, 3));
        using LaneBuffer positions = new(rows * width), forces = new(rows * width);
        double[] scale = new double[width], above = new double[width], below = new double[width], none = new double[width];
        for (int first = 0; first < pressures.Length; first += width)
        {
            for (int lane = 0; lane < width; lane++) // what is over repeats the last
                scale[lane] = scales[Math.Min(first + lane, pressures.Length - 1)];
            Evaluate(_larger, Stretch, above);
            Evaluate(_smaller, -Stretch, below);
            for (int lane = 0; lane < width && first + lane < pressures.Length; lane++)
                pressures[first + lane] = _molecules.Count * Units.GasConstant * temperature / _volume
                    - (above[lane] - below[lane]) / change;

            void Evaluate(ForceFieldPotential potential, double stretch, double[] energies)
            {
                for (int lane = 0; lane < width; lane++)
                    Stretched(configurations[Math.Min(first + lane, pressures.Length - 1)], stretch, positions.Span, lane, width);
                potential.EvaluateScaledBlock(positions.Span, scale, forces.Span, energies, none);
            }
        }
        return pressures;
    }

    /// <summary>Moves each molecule by a share of its centre of mass.</summary>
    private void Stretched(double[] x, double stretch, Span<float> to, int lane, int width)
    {
        for (int m = 0; m < _molecules.Count; m++)
        {
            int first = _molecules[m], end = m + 1 < _molecules.Count ? _molecules[m + 1] : _masses.Count;
            double mass = 0;
            for (int a = first; a < end; a++)
                mass += _masses[a];
            for (int d = 0; d < 3; d++)
            {
                double centre = 0;
                for (int a = first; a < end; a++)
                    centre += _masses[a] / mass * x[3 * a + d];
                for (int a = first; a < end; a++)
                    to[(3 * a + d) * width + lane] = (float)(x[3 * a + d] + stretch * centre);
            }
        }
    }
}
